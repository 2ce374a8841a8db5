/**
 * Convolution and its adjoint in the image, in the blocked layout.
 *
 * The adjoint is a convolution again: with the kernel turned by 180 degrees, its blocks transposed, of an output gradient
 * between whose pixels a stride puts zeros. Fewer than B inputs are taken as a row-major image; fewer than B outputs are
 * padded with zero weights and cut off afterwards.
 */
import { type ConvGeometry, conv2dInputGradientOp, conv2dOp } from "../../tensor/convolution.ts";
import { at, type Call, type Tensor } from "../../tensor/tensor.ts";
import { type BlockedEntry, blockedKernel } from "./entry.ts";
import { blockedOrder, isWholeKernel, type KernelShape, turnedPositions } from "./kernelOrder.ts";
import type { BlockedScope, Value } from "./scope.ts";

/** Pads in the order top, left, bottom, right. */
interface Plan {
  readonly kernel: KernelShape;
  readonly stride: number;
  readonly pads: readonly number[];
}

/** Emits the convolution; the result is blocked, or row-major where its channels had to be cut off. */
function convolve(
  scope: BlockedScope,
  image: string,
  weights: string,
  bias: string,
  { kernel: [o, , kh, kw], stride, pads }: Plan,
): Value {
  const attributes = { kernel_shape: [kh, kw], strides: [stride, stride], pads, dilations: [1, 1], group: 1 };
  const emit = (more: readonly string[]) =>
    scope.nchwc("Conv", [image, weights, ...(bias || more.length > 0 ? [bias] : []), ...more], attributes);
  const name = emit([]);
  if (o % scope.block !== 0) return { form: "plain", name: scope.reorderOutput(name, o) };
  return { form: "blocked", name, plus: (other) => emit([other]) };
}

/** Whether a convolution is computed in blocks: its inputs fill whole blocks, or are fewer than one. */
export function isBlocked([o, i]: KernelShape, block: number): boolean {
  return i % block === 0 || (i < block && o % block === 0);
}

function forward(scope: BlockedScope, { inputs, attributes }: Call<ConvGeometry>): Value | undefined {
  const { block } = scope;
  const [x, w, b] = [at(inputs, 0), at(inputs, 1), inputs[2]];
  const shape = w.shape as KernelShape;
  const [o, i] = shape;
  if (!isBlocked(shape, block)) return undefined;
  const { top, left, bottom, right } = attributes.padding;
  const plan: Plan = { kernel: shape, stride: attributes.stride, pads: [top, left, bottom, right] };
  const bias = b === undefined ? "" : biasOf(scope, b, o);
  if (i % block === 0) return convolve(scope, scope.blocked(x).name, weightsOf(scope, w, shape), bias, plan);
  return convolve(scope, scope.plain(x), scope.stem(w, shape), bias, plan);
}

/** Weights of whole blocks of inputs; outputs are padded to whole blocks. */
function weightsOf(scope: BlockedScope, w: Tensor, shape: KernelShape): string {
  const [o, i, kh, kw] = shape;
  if (isWholeKernel(shape, scope.block)) return scope.kernel(w, shape);
  const order = scope.table(`padded ${shape}`, () => blockedOrder(shape, scope.block));
  return scope.ordered(w, order, [Math.ceil(o / scope.block) * scope.block, i, kh, kw]);
}

function biasOf(scope: BlockedScope, bias: Tensor, outputs: number): string {
  const { block } = scope;
  if (outputs % block === 0) return scope.plain(bias);
  const padded = Math.ceil(outputs / block) * block;
  const order = scope.table(`bias ${outputs}`, () =>
    Int32Array.from({ length: padded }, (_, i) => (i < outputs ? i : -1)),
  );
  return scope.ordered(bias, order, [padded]);
}

/** w [o,i,kh,kw] in blocked order, as the adjoint's weights [i,o,kh,kw] with both kernel axes reversed. */
function turned(scope: BlockedScope, w: Tensor, shape: KernelShape): string {
  const { block } = scope;
  const [o, i, kh, kw] = shape;
  const [outer, inner, taps] = [o / block, i / block, kh * kw];
  const blocks = scope.reshape(scope.kernel(w, shape), [outer * inner * taps, block, block, 1]);
  // Each block as an image of B pixels with B channels: to leave the blocked layout is to transpose it.
  const transposed = scope.reshape(scope.reorderOutput(blocks, block), [outer * inner * taps, block * block]);
  const order = scope.table(`turned ${shape}`, () => {
    const positions = new Int32Array(outer * inner * taps);
    let next = 0;
    for (let ib = 0; ib < inner; ib++)
      for (let ob = 0; ob < outer; ob++)
        for (let tap = 0; tap < taps; tap++) positions[next++] = (ob * inner + ib) * taps + (taps - 1 - tap);
    return positions;
  });
  const same = order.every((position, at) => position === at);
  return scope.reshape(same ? transposed : scope.gather(transposed, order), [i, o, kh, kw]);
}

/** A blocked image with zeros between its pixels, and its new height and width. */
function spread(
  scope: BlockedScope,
  name: string,
  [n, c, h, w]: readonly [number, number, number, number],
  stride: number,
): string {
  const { block } = scope;
  const [height, width] = [(h - 1) * stride + 1, (w - 1) * stride + 1];
  const planes = (n * c) / block;
  const rows = scope.reshape(name, [planes * h * w, block]);
  const zero = scope.graph.floats(new Float32Array(block), [1, block]);
  const padded = scope.graph.node("Concat", [rows, zero], { axis: 0 });
  const positions = scope.table(`spread ${[n, c, h, w, stride]}`, () => {
    const table = new Int32Array(planes * height * width).fill(planes * h * w);
    for (let p = 0; p < planes; p++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++)
          table[(p * height + y * stride) * width + x * stride] = (p * h + y) * w + x;
    return table;
  });
  return scope.reshape(scope.gather(padded, positions), [n, c, height, width]);
}

function adjoint(
  scope: BlockedScope,
  {
    inputs,
    attributes: { stride, padding, size },
  }: Call<ConvGeometry & { readonly size: readonly [number, number] }>,
): Value | undefined {
  const { block } = scope;
  const [dy, w] = [at(inputs, 0), at(inputs, 1)];
  const shape = w.shape as KernelShape;
  const [o, i, kh, kw] = shape;
  const [n = 0, , oh = 0, ow = 0] = dy.shape;
  const [top, left] = [kh - 1 - padding.top, kw - 1 - padding.left];
  const bottom = size[0] - ((oh - 1) * stride + 1) - top + kh - 1;
  const right = size[1] - ((ow - 1) * stride + 1) - left + kw - 1;
  if (Math.min(top, left, bottom, right) < 0) return undefined;
  const plan: Plan = { kernel: [i, o, kh, kw], stride: 1, pads: [top, left, bottom, right] };
  if (isWholeKernel(shape, block)) {
    const { name } = scope.blocked(dy);
    const image = stride === 1 ? name : spread(scope, name, [n, o, oh, ow], stride);
    return convolve(scope, image, turned(scope, w, shape), "", plan);
  }
  if (o < block && i % block === 0 && stride === 1) {
    const positions = scope.table(`positions ${shape}`, () => turnedPositions(shape));
    const weights = scope.stem(w, [i, o, kh, kw], { key: "turned", of: positions });
    return convolve(scope, scope.plain(dy), weights, "", plan);
  }
  return undefined;
}

export const convolution: readonly BlockedEntry[] = [
  blockedKernel(conv2dOp, forward),
  blockedKernel(conv2dInputGradientOp, adjoint),
];
