/**
 * Named configurations, with the number of parameters that each is known to have.
 */
import { parseUNetConfig, type UNetConfig, type UNetConfigInput } from "./config.ts";

export interface Preset {
  readonly description: string;
  readonly parameters: number;
  readonly config: UNetConfigInput;
}

const plain = (levels: number) => ({
  down_block_types: new Array<"DownBlock2D">(levels).fill("DownBlock2D"),
  up_block_types: new Array<"UpBlock2D">(levels).fill("UpBlock2D"),
});

/** Parameter counts are for RGB; `presetConfig` adapts channels and size. */
export const presets = {
  official: {
    description: "the network of the official code (64x64 CelebA)",
    parameters: 113_673_219,
    config: {
      sample_size: 64,
      block_out_channels: [128, 128, 256, 256, 512, 512],
      layers_per_block: 2,
      norm_num_groups: 32,
      ...plain(6),
      down_block_types: [
        ...(["DownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D"] as const),
        ...(["AttnDownBlock2D", "DownBlock2D"] as const),
      ],
      up_block_types: [
        ...(["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"] as const),
        ...(["UpBlock2D", "UpBlock2D", "UpBlock2D"] as const),
      ],
    },
  },
  small: {
    description: "for real images at 32x32 on a good CPU or any GPU",
    parameters: 6_472_195,
    config: {
      sample_size: 32,
      block_out_channels: [64, 128, 128],
      layers_per_block: 2,
      norm_num_groups: 16,
      down_block_types: ["DownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
      up_block_types: ["AttnUpBlock2D", "UpBlock2D", "UpBlock2D"],
    },
  },
  tiny: {
    description: "learns simple pictures at 16x16 to 32x32 in minutes on two cores",
    parameters: 1_046_883,
    config: {
      sample_size: 16,
      block_out_channels: [32, 64, 64],
      layers_per_block: 1,
      norm_num_groups: 8,
      add_attention: false,
      ...plain(3),
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;

export interface PresetShape {
  /** Height and width. */
  readonly size: readonly [number, number];
  /** Channels of the image, and of the condition where there is one. */
  readonly channels: number;
  readonly conditionChannels?: number;
}

/** A preset for images of a given size and number of channels. */
export function presetConfig(
  name: PresetName,
  { size: [height, width], channels, conditionChannels = 0 }: PresetShape,
): UNetConfig {
  return parseUNetConfig(
    {
      ...presets[name].config,
      sample_size: height === width ? height : [height, width],
      in_channels: channels + conditionChannels,
      out_channels: channels,
    },
    `The preset ${name} at ${height}x${width}`,
  );
}
