/**
 * Operations that treat all numbers alike, or move whole blocks of channels: they take the blocked layout as it is.
 */
import { sizeOf } from "../../batch.ts";
import { addOp, divOp, maximumOp, minimumOp, mulOp, subOp } from "../../tensor/binary.ts";
import { concatOp, reshapeOp, sliceOp } from "../../tensor/layout.ts";
import { at, type Call, type Op, type Tensor } from "../../tensor/tensor.ts";
import {
  expOp,
  heavisideOp,
  negOp,
  reciprocalOp,
  reluOp,
  sigmoidOp,
  siluGradientOp,
  siluOp,
  sqrtOp,
  tanhOp,
} from "../../tensor/unary.ts";
import { genericKernels } from "../generic/index.ts";
import { affine } from "./channel.ts";
import { type BlockedEntry, blockedKernel } from "./entry.ts";
import type { BlockedScope, Value } from "./scope.ts";

const generic = new Map(genericKernels);

/** The generic node, given the names of inputs that all lie in one order. */
function emit(
  scope: BlockedScope,
  op: Op<undefined>,
  names: readonly string[],
  call: Call<undefined>,
): string {
  const kernel = generic.get(op);
  if (kernel === undefined) throw new Error(`There is no generic kernel for ${op.name}.`);
  return kernel(scope.graph, names, call);
}

/** Elementwise where images of one shape meet scalars, or weights meet scalars; else undefined. */
function alike(scope: BlockedScope, op: Op<undefined>, call: Call<undefined>): Value | undefined {
  const { inputs, output } = call;
  const isScalar = (node: Tensor) => sizeOf(node.shape) === 1;
  const isWhole = (node: Tensor) => sizeOf(node.shape) === sizeOf(output.shape);
  if (!inputs.every((node) => isScalar(node) || isWhole(node))) return undefined;
  if (scope.fits(output) && inputs.some((node) => isWhole(node) && scope.is(node, "blocked"))) {
    if (!inputs.every((node) => isScalar(node) || node.shape.join() === output.shape.join()))
      return undefined;
    const names = inputs.map((node) => (isWhole(node) ? scope.blocked(node).name : scope.plain(node)));
    return { form: "blocked", name: emit(scope, op, names, call) };
  }
  const kernel = inputs.map((node) => scope.kernelOf(node)).find((found) => found !== undefined);
  if (kernel === undefined || sizeOf(output.shape) !== sizeOf(kernel)) return undefined;
  const names = inputs.map((node) =>
    isWhole(node) ? scope.kernel(node, scope.kernelOf(node) ?? kernel) : scope.plain(node),
  );
  return { form: "kernel", kernel, name: emit(scope, op, names, call) };
}

/** [n or 1, c, 1, 1] (or [c, 1, 1]) as [n, c], in row-major order. */
function perChannel(scope: BlockedScope, values: Tensor, output: Tensor): string | undefined {
  const [n = 0, c = 0] = output.shape;
  const [m = 1, k = 0, h = 0, w = 0] = [1, 1, 1, 1, ...values.shape].slice(-4);
  if (k !== c || h !== 1 || w !== 1 || (m !== 1 && m !== n)) return undefined;
  const flat = scope.reshape(scope.plain(values), [m, c]);
  return m === n ? flat : scope.graph.node("Expand", [flat, scope.graph.integers([n, c])]);
}

/** An image and a value a channel, in either order. */
function imageAndChannels(scope: BlockedScope, { inputs, output }: Call<undefined>) {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  for (const [image, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!scope.is(image, "blocked") || image.shape.join() !== output.shape.join()) continue;
    const values = perChannel(scope, other, output);
    if (values !== undefined) return { image: scope.blocked(image).name, values };
  }
  return undefined;
}

const ones = (scope: BlockedScope, { shape: [n = 0, c = 0] }: Tensor) =>
  scope.graph.floats(new Float32Array(n * c).fill(1), [n, c]);

/** The sum of two blocked images; one that is used nowhere else takes the other along in its own pass. */
function sumOfTwo(scope: BlockedScope, { inputs, output }: Call<undefined>): Value | undefined {
  const [a, b] = [at(inputs, 0), at(inputs, 1)];
  if (!scope.fits(output) || a === b || a.shape.join() !== b.shape.join()) return undefined;
  for (const [first, second] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!scope.is(first, "blocked") || !scope.usedOnce(first)) continue;
    const { plus } = scope.blocked(first);
    if (plus !== undefined) return { form: "blocked", name: plus(scope.blocked(second).name) };
  }
  return undefined;
}

const UNARY = [negOp, expOp, sqrtOp, reciprocalOp, tanhOp, sigmoidOp, reluOp, heavisideOp];
const BINARY = [subOp, divOp, minimumOp, maximumOp];

/** x sigmoid(x): one pass. */
const silu = (scope: BlockedScope, x: string) =>
  scope.graph.node("QuickGelu", [x], { alpha: { float: 1 } }, "com.microsoft");

/** sigmoid(x) and x sigmoid(x), on the way back. */
function siluParts(scope: BlockedScope, x: string) {
  const sigmoid = scope.graph.node("Sigmoid", [x]);
  return { sigmoid, product: scope.graph.node("Mul", [x, sigmoid]) };
}

export const elementwise: readonly BlockedEntry[] = [
  ...[...UNARY, ...BINARY].map((op) => blockedKernel(op, (scope, call) => alike(scope, op, call))),

  blockedKernel(addOp, (scope, call) => {
    const fused = sumOfTwo(scope, call) ?? alike(scope, addOp, call);
    if (fused !== undefined) return fused;
    const found = imageAndChannels(scope, call);
    return found && affine(scope, found.image, call.output.shape, ones(scope, call.output), found.values);
  }),

  blockedKernel(mulOp, (scope, call) => {
    const direct = alike(scope, mulOp, call);
    if (direct !== undefined) return direct;
    const found = imageAndChannels(scope, call);
    return found && affine(scope, found.image, call.output.shape, found.values);
  }),

  blockedKernel(siluOp, (scope, { inputs }) => {
    const x = at(inputs, 0);
    if (!scope.is(x, "blocked")) return undefined;
    return {
      form: "blocked",
      name: silu(scope, scope.blocked(x).name),
      again: () => siluParts(scope, scope.later(x)).product,
    };
  }),

  // d s (1 + x - x s), with s = sigmoid(x): the bracket is one affine pass over x s that takes x along.
  blockedKernel(siluGradientOp, (scope, { inputs, output }) => {
    const [x, d] = [at(inputs, 0), at(inputs, 1)];
    if (!scope.fits(x) || !(scope.is(x, "blocked") || scope.is(d, "blocked"))) return undefined;
    const [n = 0, c = 0] = output.shape;
    const name = scope.later(x);
    const { sigmoid, product } = siluParts(scope, name);
    const minus = scope.graph.floats(new Float32Array(n * c).fill(-1), [n, c]);
    const rest = affine(scope, product, output.shape, minus, ones(scope, output));
    const bracket = rest.plus?.(name) ?? rest.name;
    const scaled = scope.graph.node("Mul", [scope.blocked(d).name, sigmoid]);
    return { form: "blocked", name: scope.graph.node("Mul", [scaled, bracket]) };
  }),

  blockedKernel(concatOp, (scope, { inputs, attributes: { axis } }) => {
    if (axis !== 1 || !inputs.every((node) => scope.fits(node))) return undefined;
    if (!inputs.some((node) => scope.is(node, "blocked"))) return undefined;
    const names = inputs.map((node) => scope.blocked(node).name);
    return { form: "blocked", name: scope.graph.node("Concat", names, { axis }) };
  }),

  blockedKernel(sliceOp, (scope, { inputs, attributes: { axis, start, end } }) => {
    const x = at(inputs, 0);
    const { block, graph } = scope;
    if (axis !== 1 || start % block !== 0 || end % block !== 0 || !scope.is(x, "blocked")) return undefined;
    const bounds = [start, end, axis].map((value) => graph.integers([value]));
    return { form: "blocked", name: graph.node("Slice", [scope.blocked(x).name, ...bounds]) };
  }),

  // Weights as one row of numbers, and back.
  blockedKernel(reshapeOp, (scope, { inputs, output }) => {
    const x = at(inputs, 0);
    const kernel = scope.kernelOf(x);
    if (kernel === undefined || (output.shape.length !== 1 && output.shape.join() !== kernel.join())) {
      return undefined;
    }
    return { form: "kernel", kernel, name: scope.reshape(scope.kernel(x, kernel), output.shape) };
  }),
];
