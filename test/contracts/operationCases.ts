/**
 * One or more small cases for every registered operation: what the contract tests run.
 *
 * `domain` keeps the random inputs where the operation is smooth, so that finite differences mean something.
 */
import {
  add,
  broadcastTo,
  channelAffine,
  channelBroadcast,
  channelDot,
  channelMean,
  channelScale,
  concat,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  cos,
  div,
  evenPadding,
  exp,
  groupNorm,
  heaviside,
  log,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  oneHot,
  pad,
  reciprocal,
  relu,
  reshape,
  type Shape,
  sigmoid,
  silu,
  siluGradient,
  sin,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  sumPool,
  type Tensor,
  tanh,
  transpose,
  upsampleNearest,
} from "../../src/tensor/index.ts";

export interface OperationCase {
  readonly op: string;
  readonly label: string;
  readonly inputs: readonly Shape[];
  /** Range of the random inputs. */
  readonly domain?: readonly [low: number, high: number];
  build(inputs: Tensor[]): Tensor;
}

const unary = (op: string, f: (x: Tensor) => Tensor, domain?: [number, number]): OperationCase => ({
  op,
  label: op,
  inputs: [[2, 5]],
  ...(domain && { domain }),
  build: ([x]) => f(x as Tensor),
});

const binary = (
  op: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  domain?: [number, number],
): OperationCase[] =>
  (
    [
      ["equal shapes", [3, 4], [3, 4]],
      ["a scalar", [3, 4], []],
      ["both broadcast", [2, 1, 3], [4, 1]],
    ] as const
  ).map(([label, a, b]) => ({
    op,
    label: `${op}, ${label}`,
    inputs: [a, b],
    ...(domain && { domain }),
    build: ([x, y]) => f(x as Tensor, y as Tensor),
  }));

const one = (op: string, label: string, shape: Shape, f: (x: Tensor) => Tensor): OperationCase => ({
  op,
  label: `${op}, ${label}`,
  inputs: [shape],
  build: ([x]) => f(x as Tensor),
});

const two = (
  op: string,
  label: string,
  a: Shape,
  b: Shape,
  f: (x: Tensor, y: Tensor) => Tensor,
): OperationCase => ({
  op,
  label: `${op}, ${label}`,
  inputs: [a, b],
  build: ([x, y]) => f(x as Tensor, y as Tensor),
});

const same = { stride: 1, padding: evenPadding(1) };
const pointwise = { stride: 1, padding: evenPadding(0) };
const halving = { stride: 2, padding: evenPadding(1) };
const asymmetric = { stride: 2, padding: { top: 0, left: 0, bottom: 1, right: 1 } };

const convolutions: OperationCase[] = (
  [
    ["3x3, same size", same, [5, 4], [3, 3], [5, 4]],
    ["1x1", pointwise, [3, 4], [1, 1], [3, 4]],
    ["stride 2", halving, [5, 6], [3, 3], [3, 3]],
    ["stride 2, even size", halving, [6, 4], [3, 3], [3, 2]],
    ["stride 2, asymmetric padding", asymmetric, [6, 4], [3, 3], [3, 2]],
  ] as const
).flatMap(([label, geometry, size, kernel, output]) => [
  two("conv2d", label, [2, 3, ...size], [4, 3, ...kernel], (x, w) => conv2d(x, w, undefined, geometry)),
  two("conv2dInputGradient", label, [2, 4, ...output], [4, 3, ...kernel], (dy, w) =>
    conv2dInputGradient(dy, w, geometry, size),
  ),
  two("conv2dWeightGradient", label, [2, 3, ...size], [2, 4, ...output], (x, dy) =>
    conv2dWeightGradient(x, dy, geometry, kernel),
  ),
]);

export const operationCases: readonly OperationCase[] = [
  unary("neg", neg),
  unary("exp", exp),
  unary("log", log, [0.5, 2]),
  unary("sqrt", sqrt, [0.5, 2]),
  unary("reciprocal", reciprocal, [0.5, 2]),
  unary("sin", sin),
  unary("cos", cos),
  unary("tanh", tanh),
  unary("sigmoid", sigmoid),
  unary("relu", relu, [0.1, 1]),
  { ...unary("relu", relu, [-1, -0.1]), label: "relu, negative" },
  unary("heaviside", heaviside, [0.1, 1]),
  unary("silu", silu),
  {
    op: "siluGradient",
    label: "siluGradient",
    inputs: [
      [2, 5],
      [2, 5],
    ],
    build: ([x, d]) => siluGradient(x as Tensor, d as Tensor),
  },
  ...binary("add", add),
  ...binary("sub", sub),
  ...binary("mul", mul),
  ...binary("div", div, [0.5, 2]),
  ...binary("minimum", minimum),
  ...binary("maximum", maximum),
  one("reshape", "open size", [2, 6], (x) => reshape(x, [-1, 3, 2])),
  one("transpose", "three axes", [2, 3, 4], (x) => transpose(x, [2, 0, 1])),
  two("concat", "middle axis", [2, 3, 2], [2, 1, 2], (x, y) => concat([x, y], 1)),
  one("slice", "middle axis", [2, 5, 3], (x) => slice(x, 1, 1, 4)),
  one("pad", "both ends", [2, 3], (x) => pad(x, [1, 0], [0, 2])),
  one("sum", "two axes", [2, 3, 4], (x) => sum(x, [0, -1])),
  one("broadcast", "new axis", [3, 1], (x) => broadcastTo(x, [2, 3, 4])),
  two("matmul", "matrices", [3, 4], [4, 2], matmul),
  two("matmul", "batched", [2, 3, 4], [2, 4, 5], matmul),
  two("matmul", "broadcast", [2, 3, 4], [4, 5], matmul),
  one("softmax", "rows", [2, 3, 4], softmax),
  { ...one("oneHot", "labels", [4], (x) => oneHot(x, 3)), domain: [0.6, 2.4] },
  {
    op: "conv2d",
    label: "conv2d, bias",
    inputs: [[2, 3, 4, 4], [5, 3, 3, 3], [5]],
    build: ([x, w, b]) => conv2d(x as Tensor, w as Tensor, b, same),
  },
  ...convolutions,
  one("upsampleNearest", "image", [2, 3, 2, 3], upsampleNearest),
  one("sumPool", "image", [2, 3, 4, 6], sumPool),
  {
    op: "groupNorm",
    label: "groupNorm",
    inputs: [[2, 6, 3, 4], [6], [6]],
    build: ([x, gamma, beta]) =>
      groupNorm(x as Tensor, gamma as Tensor, beta as Tensor, { groups: 3, epsilon: 1e-5 }),
  },
  one("channelMean", "image", [2, 3, 4, 2], channelMean),
  two("channelDot", "images", [2, 3, 4, 2], [2, 3, 4, 2], channelDot),
  two("channelAffine", "scale", [2, 3, 4, 2], [2, 3], channelScale),
  {
    op: "channelAffine",
    label: "channelAffine, scale and shift",
    inputs: [
      [2, 3, 4, 2],
      [2, 3],
      [2, 3],
    ],
    build: ([x, a, b]) => channelAffine(x as Tensor, a as Tensor, b as Tensor),
  },
  one("channelBroadcast", "values", [2, 3], (x) => channelBroadcast(x, [2, 4])),
];
