/**
 * Per-channel primitives over an image [n,c,h,w]: mean, dot product and affine map, with per-channel values [n,c].
 *
 * Normalisation and its gradient are made of these three, and a target can give each a kernel that reads the image
 * once (`src/onnx`).
 */
import { sizeOf } from "../batch.ts";
import { mul } from "./binary.ts";
import { scalar } from "./leaves.ts";
import { apply, areWhole, at, type Op, type Shape, shapeError, type Tensor } from "./tensor.ts";

function checkImage(op: string, shape: Shape | undefined): Shape {
  if (shape?.length !== 4) throw shapeError(op, "an image [n,c,h,w]", shape ?? []);
  return shape;
}

const pixels = (shape: Shape) => at(shape, 2) * at(shape, 3);

/** Sums `f(index)` over each plane of an image. */
function overPlanes(shape: Shape, f: (index: number) => number): Float64Array {
  const plane = pixels(shape);
  return Float64Array.from({ length: at(shape, 0) * at(shape, 1) }, (_, channel) => {
    let total = 0;
    for (let i = channel * plane; i < (channel + 1) * plane; i++) total += f(i);
    return total;
  });
}

/** Mean over the pixels, to [n,c]. */
export const channelMeanOp: Op<undefined> = {
  name: "channelMean",
  shape: ([x]) => checkImage("channelMean", x).slice(0, 2),
  gradient: ({ inputs }, d) => {
    const { shape } = at(inputs, 0);
    return [channelBroadcast(mul(d, scalar(1 / pixels(shape))), [at(shape, 2), at(shape, 3)])];
  },
  reference: (inputs) => {
    const { data, shape } = at(inputs, 0);
    return overPlanes(shape, (i) => at(data, i)).map((total) => total / pixels(shape));
  },
};

/** Sum of products over the pixels, to [n,c]. */
export const channelDotOp: Op<undefined> = {
  name: "channelDot",
  shape: ([x, y]) => {
    if (checkImage("channelDot", x).join() !== y?.join()) {
      throw shapeError("channelDot", "two images of one shape", x ?? [], y ?? []);
    }
    return (x ?? []).slice(0, 2);
  },
  gradient: ({ inputs }, d, wanted) => {
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    return [wanted[0] ? channelScale(y, d) : undefined, wanted[1] ? channelScale(x, d) : undefined];
  },
  reference: (inputs) => {
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    return overPlanes(x.shape, (i) => at(x.data, i) * at(y.data, i));
  },
};

/** x a + b, with a and b (optional) of shape [n,c]. */
export const channelAffineOp: Op<undefined> = {
  name: "channelAffine",
  shape: ([x, ...perChannel]) => {
    const shape = checkImage("channelAffine", x);
    for (const values of perChannel) {
      if (values.join() !== shape.slice(0, 2).join()) {
        throw shapeError("channelAffine", "an image [n,c,h,w] and values [n,c]", shape, values);
      }
    }
    return shape;
  },
  gradient: ({ inputs }, d, wanted) => {
    const [x, a] = [at(inputs, 0), at(inputs, 1)];
    const gradients = [wanted[0] ? channelScale(d, a) : undefined, wanted[1] ? channelDot(x, d) : undefined];
    if (inputs.length > 2) {
      gradients.push(wanted[2] ? mul(channelMean(d), scalar(pixels(x.shape))) : undefined);
    }
    return gradients;
  },
  reference: ([x, a, b], _, shape) => {
    const plane = pixels(shape);
    return Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
      const channel = Math.floor(i / plane);
      return at(x?.data ?? [], i) * at(a?.data ?? [], channel) + (b ? at(b.data, channel) : 0);
    });
  },
};

/** Repeats [n,c] over height and width, to [n,c,h,w]. */
export const channelBroadcastOp: Op<{ readonly size: readonly [number, number] }> = {
  name: "channelBroadcast",
  shape: ([values], { size }) => {
    if (values?.length !== 2) throw shapeError("channelBroadcast", "values [n,c]", values ?? []);
    if (!areWhole(size, 1)) throw shapeError("channelBroadcast", "a height and a width from 1", size);
    return [...values, ...size];
  },
  gradient: ({ attributes: { size } }, d) => [mul(channelMean(d), scalar(size[0] * size[1]))],
  reference: (inputs, { size }) => {
    const { data } = at(inputs, 0);
    const plane = size[0] * size[1];
    return Float64Array.from({ length: data.length * plane }, (_, i) => at(data, Math.floor(i / plane)));
  },
};

/**
 * The mean over the pixels of an image [n,c,h,w], to [n,c].
 *
 * @throws DeblendError for anything but an image
 */
export const channelMean = (x: Tensor): Tensor => apply(channelMeanOp, [x], undefined);
/**
 * The sum over the pixels of the product of two images [n,c,h,w], to [n,c].
 *
 * @throws DeblendError for anything but two images of one shape
 */
export const channelDot = (x: Tensor, y: Tensor): Tensor => apply(channelDotOp, [x, y], undefined);
/**
 * x a + b, with an image x [n,c,h,w] and a and b [n,c], in the shape of x.
 *
 * @throws DeblendError for other shapes
 */
export const channelAffine = (x: Tensor, a: Tensor, b: Tensor): Tensor =>
  apply(channelAffineOp, [x, a, b], undefined);
/**
 * x a, with an image x [n,c,h,w] and a [n,c], in the shape of x.
 *
 * @throws DeblendError for other shapes
 */
export const channelScale = (x: Tensor, a: Tensor): Tensor => apply(channelAffineOp, [x, a], undefined);
/**
 * Values [n,c] repeated over `size`, height and width, to [n,c,h,w].
 *
 * @throws DeblendError for other shapes, or sizes that are no whole numbers from 1
 */
export const channelBroadcast = (values: Tensor, size: readonly [number, number]): Tensor =>
  apply(channelBroadcastOp, [values], { size });
