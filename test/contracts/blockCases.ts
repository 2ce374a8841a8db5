/**
 * Cases whose channels fill whole blocks of 8 and of 16: what the blocked layout has kernels of its own for.
 */
import {
  add,
  channelAffine,
  channelDot,
  channelMean,
  concat,
  conv2d,
  evenPadding,
  groupNorm,
  mul,
  relu,
  reshape,
  type Shape,
  scalar,
  silu,
  slice,
  sub,
  sum,
  sumPool,
  type Tensor,
  upsampleNearest,
} from "../../src/tensor/index.ts";

interface BlockCase {
  readonly label: string;
  readonly inputs: readonly Shape[];
  readonly domain?: readonly [number, number];
  build(inputs: Tensor[]): Tensor;
}

const SAME = { stride: 1, padding: evenPadding(1) };
const POINTWISE = { stride: 1, padding: evenPadding(0) };
const HALVING = { stride: 2, padding: { top: 0, left: 0, bottom: 1, right: 1 } };

const conv = (
  label: string,
  image: Shape,
  kernel: Shape,
  geometry: Parameters<typeof conv2d>[3] = SAME,
): BlockCase => ({
  label: `blocks: conv2d ${label}`,
  inputs: [image, kernel, [kernel[0] ?? 0]],
  build: ([x, w, b]) => conv2d(x as Tensor, w as Tensor, b, geometry),
});

/** A blocked image first: the case after a convolution. */
const after = (
  label: string,
  build: (image: Tensor, others: readonly Tensor[]) => Tensor,
  others: readonly Shape[] = [],
  image: Shape = [2, 16, 4, 6],
): BlockCase => ({
  label: `blocks: ${label}`,
  inputs: [image, [16, image[1] ?? 0, 1, 1], ...others],
  build: ([x, w, ...rest]) => build(conv2d(x as Tensor, w as Tensor, undefined, POINTWISE), rest),
});

const IMAGE: Shape = [2, 16, 4, 6];
const PER_CHANNEL: Shape = [2, 16];

export const blockCases: readonly BlockCase[] = [
  ...[3, 4, 5, 8, 16, 20, 32].map((width) => conv(`3x3, width ${width}`, [4, 16, 3, width], [32, 16, 3, 3])),
  conv("3x3, an odd number of narrow images", [3, 16, 4, 4], [16, 32 / 2, 3, 3]),
  conv("3x3, two blocks in and out", [2, 32, 4, 8], [32, 32, 3, 3]),
  conv("1x1", [2, 32, 4, 8], [16, 32, 1, 1], POINTWISE),
  conv("1x1, odd width", [2, 32, 3, 7], [16, 32, 1, 1], POINTWISE),
  conv("from colours", [2, 3, 4, 8], [16, 3, 3, 3]),
  conv("from gray, odd width", [2, 1, 5, 7], [32, 1, 3, 3]),
  conv("to colours", [2, 16, 4, 8], [3, 16, 3, 3]),
  conv("to gray", [2, 32, 4, 4], [1, 32, 3, 3]),
  conv("halving, padded at the end", [2, 16, 8, 8], [16, 16, 3, 3], HALVING),
  conv("halving, padded around", [2, 16, 8, 16], [32, 16, 3, 3], { stride: 2, padding: evenPadding(1) }),
  conv("halving, odd size", [2, 16, 7, 9], [16, 16, 3, 3], { stride: 2, padding: evenPadding(1) }),
  conv("channels that fill no block", [2, 20, 4, 4], [16, 20, 3, 3]),
  conv("outputs that fill no block", [2, 16, 4, 4], [20, 16, 3, 3]),

  after("silu", (x) => silu(x)),
  after("relu", (x) => relu(x), [], IMAGE),
  after(
    "groupNorm and silu",
    (x, [g, b]) => silu(groupNorm(x, g as Tensor, b as Tensor, { groups: 4, epsilon: 1e-5 })),
    [[16], [16]],
  ),
  after("channelMean", (x) => channelMean(x)),
  after("channelDot with another image", (x, [y]) => channelDot(x, y as Tensor), [IMAGE]),
  after("channelAffine", (x, [a, b]) => channelAffine(x, a as Tensor, b as Tensor), [
    PER_CHANNEL,
    PER_CHANNEL,
  ]),
  after("a sum of itself and a row-major image", (x, [y]) => add(x, y as Tensor), [IMAGE]),
  after("a sum of two images that are used again", (x) => {
    const y = silu(x);
    return mul(add(x, y), sub(y, x));
  }),
  after("the doubled image", (x) => add(x, x)),
  after("a value a channel added", (x, [t]) => add(x, reshape(t as Tensor, [2, 16, 1, 1])), [PER_CHANNEL]),
  after(
    "a value a channel of all images multiplied",
    (x, [t]) => mul(x, reshape(t as Tensor, [1, 16, 1, 1])),
    [[16]],
  ),
  after("a value an image multiplied", (x, [t]) => mul(x, reshape(t as Tensor, [2, 1, 1, 1])), [[2]]),
  after("scaled by a number", (x) => mul(x, scalar(0.5))),
  after("sums over pixels and images", (x) => sum(x, [0, 2, 3])),
  after("sums over pixels", (x) => sum(x, [2, 3])),
  after("sums over channels", (x) => sum(x, [1])),
  after("upsampleNearest", (x) => upsampleNearest(x)),
  after("sumPool", (x) => sumPool(x)),
  after("concat of channels", (x, [y]) => concat([x, y as Tensor], 1), [[2, 32, 4, 6]]),
  after("concat with an odd number of channels", (x, [y]) => concat([x, y as Tensor], 1), [[2, 5, 4, 6]]),
  after("slice of channels", (x, [y]) => slice(concat([x, y as Tensor], 1), 1, 16, 32), [[2, 32, 4, 6]]),
  after("slice inside a block", (x) => slice(x, 1, 3, 9)),
  after("seen as rows", (x) => reshape(x, [2, 16, 24])),
];
