/**
 * The U-Net as a list of parts: which blocks there are, with which channels, under which names.
 *
 * Parameters, and the forward pass over them, both follow this one description, so they cannot disagree.
 */
import type { UNetConfig } from "./config.ts";

export interface Part {
  /** Prefix of its parameters' names. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

export interface Level {
  readonly resnets: readonly Part[];
  /** One for each resnet, or none. */
  readonly attentions: readonly Part[];
  /** The convolution that halves (down) or follows doubling (up), but for the last level. */
  readonly resample: Part | undefined;
}

export interface UNetParts {
  readonly convIn: Part;
  readonly time: { readonly embedding: number; readonly hidden: number };
  readonly down: readonly Level[];
  readonly mid: { readonly resnets: readonly [Part, Part]; readonly attention: Part | undefined };
  readonly up: readonly Level[];
  readonly norm: Part;
  readonly convOut: Part;
}

/** Lays the network out as diffusers does. */
export function unetParts(config: UNetConfig): UNetParts {
  const channels = config.block_out_channels;
  const first = channels[0] ?? 0;
  const last = channels.at(-1) ?? 0;
  const layers = config.layers_per_block;
  const repeat = <T>(count: number, make: (i: number) => T) =>
    Array.from({ length: count }, (_, i) => make(i));

  const down = channels.map((outputs, level): Level => {
    const name = `down_blocks.${level}`;
    const before = channels[level - 1] ?? first;
    return {
      resnets: repeat(layers, (i) => ({
        name: `${name}.resnets.${i}`,
        inputs: i === 0 ? before : outputs,
        outputs,
      })),
      attentions: config.down_block_types[level]?.startsWith("Attn")
        ? repeat(layers, (i) => ({ name: `${name}.attentions.${i}`, inputs: outputs, outputs }))
        : [],
      resample:
        level < channels.length - 1
          ? { name: `${name}.downsamplers.0.conv`, inputs: outputs, outputs }
          : undefined,
    };
  });

  const upward = [...channels].reverse();
  const up = upward.map((outputs, level): Level => {
    const name = `up_blocks.${level}`;
    const before = upward[level - 1] ?? last;
    // The skips come from the down path, whose last one at each level is the next coarser level's input.
    const below = upward[Math.min(level + 1, upward.length - 1)] ?? first;
    return {
      resnets: repeat(layers + 1, (i) => ({
        name: `${name}.resnets.${i}`,
        inputs: (i === 0 ? before : outputs) + (i === layers ? below : outputs),
        outputs,
      })),
      attentions: config.up_block_types[level]?.startsWith("Attn")
        ? repeat(layers + 1, (i) => ({ name: `${name}.attentions.${i}`, inputs: outputs, outputs }))
        : [],
      resample:
        level < channels.length - 1
          ? { name: `${name}.upsamplers.0.conv`, inputs: outputs, outputs }
          : undefined,
    };
  });

  const middle = (name: string): Part => ({ name: `mid_block.${name}`, inputs: last, outputs: last });
  return {
    convIn: { name: "conv_in", inputs: config.in_channels, outputs: first },
    time: { embedding: first, hidden: 4 * first },
    down,
    mid: {
      resnets: [middle("resnets.0"), middle("resnets.1")],
      attention: config.add_attention ? middle("attentions.0") : undefined,
    },
    up,
    norm: { name: "conv_norm_out", inputs: first, outputs: first },
    convOut: { name: "conv_out", inputs: first, outputs: config.out_channels },
  };
}
