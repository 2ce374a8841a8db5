/**
 * What each registered operation must refuse: wrong shapes, axes, sizes and strides, by the operation's name.
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
  constant,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  div,
  evenPadding,
  groupNorm,
  input,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  oneHot,
  pad,
  reshape,
  type Shape,
  siluGradient,
  slice,
  softmax,
  sub,
  sum,
  sumPool,
  type Tensor,
  transpose,
  upsampleNearest,
} from "../../src/tensor/index.ts";

type Wrong = readonly [what: string, build: () => Tensor];

/** A tensor of a shape. */
const x = (...shape: number[]): Tensor => input("x", shape);

/** These are applied number by number, to tensors of any shape. */
export const takeAnyShape: readonly string[] = [
  ...["neg", "exp", "log", "sqrt", "reciprocal", "sin", "cos", "tanh"],
  ...["sigmoid", "relu", "heaviside", "silu"],
];

const mixed = (f: (a: Tensor, b: Tensor) => Tensor): Wrong[] => [
  ["sizes that differ", () => f(x(2, 3), x(2, 4))],
  ["leading sizes that differ", () => f(x(2, 3), x(3, 3))],
  ["more axes that differ", () => f(x(2), x(3, 1, 4))],
];

const noImage = (f: (x: Tensor) => Tensor): Wrong[] =>
  ([[], [3], [2, 3, 4], [1, 2, 3, 4, 5]] as Shape[]).map((shape) => [
    `${shape.length} axes`,
    () => f(x(...shape)),
  ]);

const SAME = { stride: 1, padding: evenPadding(1) };
const [image, kernel] = [x(2, 3, 5, 4), x(6, 3, 3, 3)];
/** The strides and paddings that no convolution has. */
const geometries = (build: (geometry: typeof SAME) => Tensor): Wrong[] =>
  [
    { ...SAME, stride: 0 },
    { ...SAME, stride: -1 },
    { ...SAME, stride: 1.5 },
    { ...SAME, stride: Number.NaN },
    { ...SAME, padding: evenPadding(-1) },
    { ...SAME, padding: { ...evenPadding(1), left: 0.5 } },
  ].map((geometry) => [JSON.stringify(geometry), () => build(geometry)]);

export const wrongShapes: Readonly<Record<string, readonly Wrong[]>> = {
  input: [
    ["a negative size", () => x(2, -1)],
    ["half a size", () => x(2.5)],
    ["no number", () => x(Number.NaN)],
    ["an endless size", () => x(Number.POSITIVE_INFINITY)],
  ],
  constant: [
    ["too few numbers", () => constant(new Float32Array(5), [2, 3])],
    ["too many numbers", () => constant(new Float32Array(2), [])],
    ["negative sizes that make the number", () => constant(new Float32Array(6), [-2, -3])],
    ["halves that make the number", () => constant(new Float32Array(1), [0.5, 2])],
  ],
  siluGradient: [
    ["sizes that differ", () => siluGradient(x(2, 3), x(2, 4))],
    ["shapes that broadcast", () => siluGradient(x(2, 3), x(1, 3))],
    ["a scalar", () => siluGradient(x(2), x())],
  ],
  add: mixed(add),
  sub: mixed(sub),
  mul: mixed(mul),
  div: mixed(div),
  minimum: mixed(minimum),
  maximum: mixed(maximum),
  reshape: [
    ["another number of elements", () => reshape(x(2, 6), [5, 2])],
    ["two open sizes", () => reshape(x(2, 6), [-1, -1])],
    ["an open size that is not whole", () => reshape(x(2, 6), [-1, 5])],
    ["an open size beside none", () => reshape(x(0), [-1, 0])],
    ["negative sizes that make the number", () => reshape(x(6), [-2, -3])],
    ["halves that make the number", () => reshape(x(6), [0.5, 12])],
  ],
  transpose: [
    ["too few axes", () => transpose(x(2, 3), [0])],
    ["too many axes", () => transpose(x(2), [0, 1])],
    ["an axis twice", () => transpose(x(2, 3), [1, 1])],
    ["a negative axis", () => transpose(x(2, 3), [0, -1])],
  ],
  concat: [
    ["nothing", () => concat([], 0)],
    ["scalars", () => concat([x(), x()], 0)],
    ["sizes that differ elsewhere", () => concat([x(2, 3), x(3, 3)], 1)],
    ["other numbers of axes", () => concat([x(2, 3), x(2)], 0)],
    ["an axis that is not there", () => concat([x(2, 3), x(2, 3)], 2)],
    ["a negative axis", () => concat([x(2, 3), x(2, 3)], -1)],
    ["half an axis", () => concat([x(2, 3), x(2, 3)], 0.5)],
  ],
  slice: [
    ["an axis that is not there", () => slice(x(2, 3), 2, 0, 1)],
    ["a negative axis", () => slice(x(2, 3), -1, 0, 1)],
    ["beyond the end", () => slice(x(2, 3), 1, 1, 4)],
    ["from before the start", () => slice(x(2, 3), 1, -1, 2)],
    ["nothing", () => slice(x(2, 3), 1, 1, 1)],
    ["half an entry", () => slice(x(2, 3), 1, 0.5, 2)],
  ],
  pad: [
    ["too few widths", () => pad(x(2, 3), [1], [1, 1])],
    ["too many widths", () => pad(x(2, 3), [1, 1], [1, 1, 1])],
    ["a negative width", () => pad(x(2, 3), [0, -1], [0, 0])],
    ["half a width", () => pad(x(2, 3), [0, 0.5], [0, 0])],
  ],
  sum: [
    ["an axis that is not there", () => sum(x(2, 3), [2])],
    ["a negative axis that is not there", () => sum(x(2, 3), [-3])],
    ["half an axis", () => sum(x(2, 3), [0.5])],
    ["a mean over an axis that is not there", () => mean(x(2, 3), [2])],
  ],
  broadcast: [
    ["sizes that differ", () => broadcastTo(x(2, 3), [2, 4])],
    ["a smaller target", () => broadcastTo(x(2, 3), [1, 3])],
    ["fewer axes", () => broadcastTo(x(1, 3), [3])],
    ["a negative size", () => broadcastTo(x(1), [-2])],
  ],
  matmul: [
    ["a vector", () => matmul(x(3), x(3, 2))],
    ["a scalar", () => matmul(x(3, 2), x())],
    ["inner sizes that differ", () => matmul(x(2, 3), x(4, 2))],
    ["leading sizes that differ", () => matmul(x(2, 2, 3), x(3, 3, 2))],
  ],
  softmax: [["a scalar", () => softmax(x())]],
  oneHot: [
    ["a scalar", () => oneHot(x(), 3)],
    ["a matrix", () => oneHot(x(2, 2), 3)],
    ["no class", () => oneHot(x(2), 0)],
    ["half a class", () => oneHot(x(2), 1.5)],
  ],
  conv2d: [
    ...noImage((a) => conv2d(a, kernel, undefined, SAME)),
    ...noImage((a) => conv2d(image, a, undefined, SAME)),
    ["channels that differ", () => conv2d(x(2, 4, 5, 4), kernel, undefined, SAME)],
    ["an image smaller than the kernel", () => conv2d(x(2, 3, 1, 1), x(6, 3, 4, 4), undefined, SAME)],
    ["a bias of another size", () => conv2d(image, kernel, x(5), SAME)],
    ["a bias of two axes", () => conv2d(image, kernel, x(6, 1), SAME)],
    ...geometries((geometry) => conv2d(image, kernel, undefined, geometry)),
  ],
  conv2dInputGradient: [
    ...noImage((a) => conv2dInputGradient(a, kernel, SAME, [5, 4])),
    ...noImage((a) => conv2dInputGradient(x(2, 6, 5, 4), a, SAME, [5, 4])),
    ["another size of the output", () => conv2dInputGradient(x(2, 6, 4, 4), kernel, SAME, [5, 4])],
    ["channels that differ", () => conv2dInputGradient(x(2, 5, 5, 4), kernel, SAME, [5, 4])],
    ["an image of no pixels", () => conv2dInputGradient(x(2, 6, 0, 4), kernel, SAME, [0, 4])],
    ...geometries((geometry) => conv2dInputGradient(x(2, 6, 5, 4), kernel, geometry, [5, 4])),
  ],
  conv2dWeightGradient: [
    ...noImage((a) => conv2dWeightGradient(a, x(2, 6, 5, 4), SAME, [3, 3])),
    ...noImage((a) => conv2dWeightGradient(image, a, SAME, [3, 3])),
    ["another size of the output", () => conv2dWeightGradient(image, x(2, 6, 5, 5), SAME, [3, 3])],
    ["batches that differ", () => conv2dWeightGradient(image, x(3, 6, 5, 4), SAME, [3, 3])],
    ["a kernel of no pixels", () => conv2dWeightGradient(image, x(2, 6, 8, 7), SAME, [0, 0])],
    ...geometries((geometry) => conv2dWeightGradient(image, x(2, 6, 5, 4), geometry, [3, 3])),
  ],
  upsampleNearest: noImage(upsampleNearest),
  sumPool: [
    ...noImage(sumPool),
    ["an odd height", () => sumPool(x(1, 1, 3, 4))],
    ["an odd width", () => sumPool(x(1, 1, 4, 3))],
  ],
  groupNorm: [
    ...noImage((a) => groupNorm(a, x(3), x(3), { groups: 3, epsilon: 1e-5 })),
    ...[2, 0, -3, 1.5].map(
      (groups): Wrong => [
        `${groups} groups of 3 channels`,
        () => groupNorm(image, x(3), x(3), { groups, epsilon: 1e-5 }),
      ],
    ),
    ["a scale of another size", () => groupNorm(image, x(2), x(3), { groups: 3, epsilon: 1e-5 })],
    ["a shift of two axes", () => groupNorm(image, x(3), x(3, 1), { groups: 3, epsilon: 1e-5 })],
  ],
  channelMean: noImage(channelMean),
  channelDot: [
    ...noImage((a) => channelDot(a, a)),
    ["images of two shapes", () => channelDot(image, x(2, 3, 4, 5))],
    ["an image and a scalar", () => channelDot(image, x())],
  ],
  channelAffine: [
    ...noImage((a) => channelScale(a, x(2, 3))),
    ["values of another shape", () => channelScale(image, x(3))],
    ["values that broadcast", () => channelScale(image, x(1, 3))],
    ["a shift of another shape", () => channelAffine(image, x(2, 3), x(2, 4))],
  ],
  channelBroadcast: [
    ["a vector", () => channelBroadcast(x(3), [2, 2])],
    ["an image", () => channelBroadcast(image, [2, 2])],
    ["no height", () => channelBroadcast(x(2, 3), [0, 2])],
    ["half a width", () => channelBroadcast(x(2, 3), [2, 0.5])],
  ],
};
