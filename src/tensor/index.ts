/**
 * Symbolic tensors: the expression, its operations by family, their gradients and their reference meaning.
 */
export { add, div, maximum, minimum, mul, square, sub } from "./binary.ts";
export { channelAffine, channelBroadcast, channelDot, channelMean, channelScale } from "./channel.ts";
export {
  type ConvGeometry,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  evenPadding,
  type Padding,
} from "./convolution.ts";
export { gradients } from "./gradients.ts";
export { groupNorm } from "./groupNorm.ts";
export { concat, pad, reshape, slice, transpose } from "./layout.ts";
export { constant, input, scalar } from "./leaves.ts";
export { linear, matmul, swapLastAxes } from "./matmul.ts";
export { embedding, oneHot } from "./oneHot.ts";
export { broadcastTo, mean, sum, sumTo, total } from "./reduce.ts";
export { evaluate } from "./reference.ts";
export { sumPool, upsampleNearest } from "./resample.ts";
export { softmax } from "./softmax.ts";
export type { Op, Shape, Tensor } from "./tensor.ts";
export {
  cos,
  exp,
  heaviside,
  log,
  neg,
  reciprocal,
  relu,
  sigmoid,
  silu,
  siluGradient,
  sin,
  sqrt,
  tanh,
} from "./unary.ts";
