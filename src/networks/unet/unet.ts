/**
 * The U-Net of diffusers (`UNet2DModel`), the network of the official code: same function, same parameter names.
 */
import { DeblendError } from "../../errors.ts";
import {
  add,
  concat,
  conv2d,
  embedding,
  evenPadding,
  mul,
  scalar,
  silu,
  sub,
  type Tensor,
  upsampleNearest,
} from "../../tensor/index.ts";
import { lookup, type Network } from "../network.ts";
import { attentionBlock } from "./attentionBlock.ts";
import type { UNetConfig } from "./config.ts";
import { unetParameters } from "./parameters.ts";
import { type Level, unetParts } from "./parts.ts";
import { norm, resnetBlock, SAME_3x3 } from "./resnetBlock.ts";
import { sinusoidalEmbedding, timeNetwork } from "./timeEmbedding.ts";

export interface UNet extends Network {
  readonly config: UNetConfig;
}

/** Halving, after a pad of one pixel at the right and bottom where the configuration says no padding. */
const halving = ({ downsample_padding: pixels }: UNetConfig) => ({
  stride: 2,
  padding: pixels === 0 ? { top: 0, left: 0, bottom: 1, right: 1 } : evenPadding(pixels),
});

/** Builds the network of a checked configuration. */
export function unet(config: UNetConfig): UNet {
  const parts = unetParts(config);
  return {
    config,
    parameters: unetParameters(config),
    apply: (parameters, xAlpha, alpha, condition, label) => {
      const parameter = lookup(parameters);
      const conv = (name: string, x: Tensor, geometry: Parameters<typeof conv2d>[3] = SAME_3x3) =>
        conv2d(x, parameter(`${name}.weight`), parameter(`${name}.bias`), geometry);

      const image = condition === undefined ? xAlpha : concat([xAlpha, condition], 1);
      checkImage(image, config);
      const centred = config.center_input_sample ? sub(mul(image, scalar(2)), scalar(1)) : image;
      // Every block activates the time vector before it projects it: once here is the same.
      const waves = sinusoidalEmbedding(alpha, parts.time.embedding, config);
      const vector = timeNetwork(parameter, waves);
      checkLabel(label, config);
      const time = silu(
        label === undefined ? vector : add(vector, embedding(parameter("class_embedding.weight"), label)),
      );

      /** The layers of one level; `before` gives each resnet its input. */
      const layers = (level: Level, x: Tensor, before: (x: Tensor) => Tensor, after: (x: Tensor) => void) =>
        level.resnets.reduce((h, part, i) => {
          const resolved = resnetBlock(parameter, part, before(h), time, config);
          const attention = level.attentions[i];
          const out =
            attention === undefined ? resolved : attentionBlock(parameter, attention, resolved, config);
          after(out);
          return out;
        }, x);

      let h = conv(parts.convIn.name, centred);
      const skips = [h];
      for (const level of parts.down) {
        h = layers(
          level,
          h,
          (x) => x,
          (x) => skips.push(x),
        );
        if (level.resample !== undefined) {
          h = conv(level.resample.name, h, halving(config));
          skips.push(h);
        }
      }

      const [first, second] = parts.mid.resnets;
      const scale = config.mid_block_scale_factor;
      h = resnetBlock(parameter, first, h, time, config, scale);
      if (parts.mid.attention !== undefined)
        h = attentionBlock(parameter, parts.mid.attention, h, config, scale);
      h = resnetBlock(parameter, second, h, time, config, scale);

      for (const level of parts.up) {
        h = layers(
          level,
          h,
          (x) => concat([x, skips.pop() as Tensor], 1),
          () => undefined,
        );
        if (level.resample !== undefined) h = conv(level.resample.name, upsampleNearest(h));
      }
      return conv(parts.convOut.name, silu(norm(parameter, parts.norm.name, h, config)));
    },
  };
}

function checkLabel(label: Tensor | undefined, { num_class_embeds: rows }: UNetConfig): void {
  if ((label === undefined) === (rows === null)) return;
  throw new DeblendError(
    rows === null
      ? "The network takes no label, but was given one."
      : `The network needs a label for each image, a number from 0 to ${rows - 1}, but was given none.`,
  );
}

function checkImage(image: Tensor, config: UNetConfig): void {
  const [, channels, height = 0, width = 0] = image.shape;
  if (channels !== config.in_channels) {
    throw new DeblendError(
      `The network takes ${config.in_channels} channels (image and condition together), but was given ${channels}.`,
    );
  }
  const factor = 2 ** (config.block_out_channels.length - 1);
  if (height % factor !== 0 || width % factor !== 0) {
    throw new DeblendError(
      `The network's ${config.block_out_channels.length} levels need images whose sides are multiples of ${factor}, but got ${height}x${width}.`,
    );
  }
}
