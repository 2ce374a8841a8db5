/**
 * Self-attention over the pixels (Vaswani et al., 2017), with a residual connection.
 */
import {
  add,
  linear,
  matmul,
  mul,
  reshape,
  scalar,
  softmax,
  swapLastAxes,
  type Tensor,
  transpose,
} from "../../tensor/index.ts";
import type { ParameterLookup } from "../network.ts";
import type { UNetConfig } from "./config.ts";
import type { Part } from "./parts.ts";
import { norm } from "./resnetBlock.ts";

/** x [n, c, h, w] to the same shape; heads of `attention_head_dim` channels, or one head where that is null. */
export function attentionBlock(
  parameter: ParameterLookup,
  { name, outputs: channels }: Part,
  x: Tensor,
  config: UNetConfig,
  scale = 1,
): Tensor {
  const [, , height = 0, width = 0] = x.shape;
  const pixels = height * width;
  const heads = config.attention_head_dim === null ? 1 : Math.floor(channels / config.attention_head_dim);
  const size = channels / heads;
  const project = (layer: string, tokens: Tensor) =>
    linear(tokens, parameter(`${name}.${layer}.weight`), parameter(`${name}.${layer}.bias`));

  const normalised = norm(parameter, `${name}.group_norm`, x, config);
  const tokens = swapLastAxes(reshape(normalised, [-1, channels, pixels])); // [n, pixels, c]
  const split = (layer: string) =>
    transpose(reshape(project(layer, tokens), [-1, pixels, heads, size]), [0, 2, 1, 3]); // [n, heads, pixels, size]
  const scores = matmul(split("to_q"), swapLastAxes(split("to_k")));
  const weights = softmax(mul(scores, scalar(1 / Math.sqrt(size)))); // [n, heads, pixels, pixels]
  const mixed = transpose(matmul(weights, split("to_v")), [0, 2, 1, 3]);
  const out = project("to_out.0", reshape(mixed, [-1, pixels, channels]));
  const summed = add(reshape(swapLastAxes(out), [-1, channels, height, width]), x);
  return scale === 1 ? summed : mul(summed, scalar(1 / scale));
}
