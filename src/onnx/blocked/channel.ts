/**
 * Per-channel primitives, resampling and sums over pixels in the blocked layout: one pass over the image each.
 *
 * A blocked image [n,c,h,w] is also one image [1,nc,h,w]: affine maps and dot products a channel are then depthwise
 * convolutions, with 1 by 1 kernels and with kernels as large as the image.
 */
import { channelAffineOp, channelDotOp, channelMeanOp } from "../../tensor/channel.ts";
import { sumOp } from "../../tensor/reduce.ts";
import { sumPoolOp, upsampleNearestOp } from "../../tensor/resample.ts";
import { at, type Shape } from "../../tensor/tensor.ts";
import { type BlockedEntry, blockedKernel } from "./entry.ts";
import type { BlockedScope, BlockedValue } from "./scope.ts";

const plainValue = (name: string) => ({ form: "plain", name }) as const;

/** x a + b for a blocked image, a and b (optional) [n,c] in row-major order. */
export function affine(scope: BlockedScope, x: string, shape: Shape, a: string, b?: string): BlockedValue {
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const flat = [1, n * c, h, w];
  const image = scope.reshape(x, flat);
  const scale = scope.reshape(a, [n * c, 1, 1, 1]);
  const shift = b === undefined ? "" : scope.reshape(b, [n * c]);
  const attributes = {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: n * c,
  };
  const emit = (more: readonly string[]) =>
    scope.reshape(
      scope.nchwc("Conv", [image, scale, ...(shift || more.length > 0 ? [shift] : []), ...more], attributes),
      shape,
    );
  return {
    form: "blocked",
    name: emit([]),
    plus: (other) => emit([scope.reshape(other, flat)]),
    again: () => scope.graph.anew(() => emit([])),
  };
}

function meanOf(scope: BlockedScope, x: string, [n = 0, c = 0]: Shape): string {
  return scope.reshape(scope.nchwc("GlobalAveragePool", [x], {}), [n, c]);
}

export const channel: readonly BlockedEntry[] = [
  blockedKernel(channelMeanOp, (scope, { inputs }) => {
    const x = at(inputs, 0);
    if (!scope.is(x, "blocked")) return undefined;
    return plainValue(meanOf(scope, scope.blocked(x).name, x.shape));
  }),

  blockedKernel(channelDotOp, (scope, { inputs }) => {
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    if (!scope.fits(x) || !(scope.is(x, "blocked") || scope.is(y, "blocked"))) return undefined;
    const [n = 0, c = 0, h = 0, w = 0] = x.shape;
    const image = scope.reshape(scope.blocked(x).name, [1, n * c, h, w]);
    const weights = scope.reshape(scope.blocked(y).name, [n * c, 1, h, w]);
    const dot = scope.nchwc("Conv", [image, weights], {
      kernel_shape: [h, w],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: n * c,
    });
    return plainValue(scope.reshape(dot, [n, c]));
  }),

  blockedKernel(channelAffineOp, (scope, { inputs }) => {
    const [x, a, b] = [at(inputs, 0), at(inputs, 1), inputs[2]];
    if (!scope.is(x, "blocked")) return undefined;
    return affine(scope, scope.blocked(x).name, x.shape, scope.plain(a), b && scope.plain(b));
  }),

  blockedKernel(upsampleNearestOp, (scope, { inputs }) => {
    const x = at(inputs, 0);
    if (!scope.is(x, "blocked")) return undefined;
    const { name } = scope.blocked(x);
    const emit = () => scope.nchwc("Upsample", [name], { scales: [1, 1, 2, 2], mode: "nearest" });
    return { form: "blocked", name: emit(), again: () => scope.graph.anew(emit) };
  }),

  blockedKernel(sumPoolOp, (scope, { inputs }) => {
    const x = at(inputs, 0);
    if (!scope.is(x, "blocked")) return undefined;
    const channels = at(x.shape, 1);
    const ones = scope.graph.floats(new Float32Array(4 * channels).fill(1), [channels, 1, 2, 2]);
    const name = scope.nchwc("Conv", [scope.blocked(x).name, ones], {
      kernel_shape: [2, 2],
      strides: [2, 2],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: channels,
    });
    return { form: "blocked", name };
  }),

  blockedKernel(sumOp, (scope, { inputs, attributes: { axes }, output }) => {
    const x = at(inputs, 0);
    // The order of weights does not matter to the sum of all of them.
    const kernel = scope.kernelOf(x);
    if (kernel !== undefined && axes.length === x.shape.length) {
      const whole = [scope.kernel(x, kernel), scope.graph.integers(axes)];
      return plainValue(scope.graph.node("ReduceSum", whole, { keepdims: 1 }));
    }
    if (!scope.is(x, "blocked") || !axes.includes(2) || !axes.includes(3) || axes.includes(1))
      return undefined;
    const [, , h = 0, w = 0] = x.shape;
    const means = meanOf(scope, scope.blocked(x).name, x.shape);
    const summed = axes.includes(0)
      ? scope.graph.node("ReduceSum", [means, scope.graph.integers([0])], { keepdims: 1 })
      : means;
    return plainValue(
      scope.reshape(scope.graph.node("Mul", [summed, scope.graph.float(h * w)]), output.shape),
    );
  }),
];
