/**
 * Nearest-neighbour upsampling by two and its adjoint, the sum over two by two pixels.
 */
import { sizeOf } from "../batch.ts";
import { forEachIndex, stridesOf } from "./shapes.ts";
import { apply, at, type Op, type Shape, shapeError, type Tensor, type Values } from "./tensor.ts";

/** Visits each fine pixel with the coarse pixel that it lies in. */
function forEachPair(fine: Shape, coarse: Shape, visit: (fine: number, coarse: number) => void): void {
  const strides = stridesOf(coarse);
  forEachIndex(fine, (index, [n, c, y, x]) => {
    visit(
      index,
      (n ?? 0) * at(strides, 0) +
        (c ?? 0) * at(strides, 1) +
        Math.floor((y ?? 0) / 2) * at(strides, 2) +
        Math.floor((x ?? 0) / 2),
    );
  });
}

/** [n,c,h,w] to [n,c,2h,2w]: each pixel four times. */
export const upsampleNearestOp: Op<undefined> = {
  name: "upsampleNearest",
  shape: ([x]) => {
    if (x?.length !== 4) throw shapeError("upsampleNearest", "an image [n,c,h,w]", x ?? []);
    return [at(x, 0), at(x, 1), 2 * at(x, 2), 2 * at(x, 3)];
  },
  gradient: (_, d) => [sumPool(d)],
  reference: (inputs, _, shape) => {
    const x: Values = at(inputs, 0);
    const out = new Float64Array(sizeOf(shape));
    forEachPair(shape, x.shape, (fine, coarse) => {
      out[fine] = at(x.data, coarse);
    });
    return out;
  },
};

/** [n,c,2h,2w] to [n,c,h,w]: the sum of each two by two pixels. */
export const sumPoolOp: Op<undefined> = {
  name: "sumPool",
  shape: ([x]) => {
    if (x?.length !== 4 || at(x, 2) % 2 !== 0 || at(x, 3) % 2 !== 0) {
      throw shapeError("sumPool", "an image [n,c,h,w] of even height and width", x ?? []);
    }
    return [at(x, 0), at(x, 1), at(x, 2) / 2, at(x, 3) / 2];
  },
  gradient: (_, d) => [upsampleNearest(d)],
  reference: (inputs, _, shape) => {
    const x: Values = at(inputs, 0);
    const out = new Float64Array(sizeOf(shape));
    forEachPair(x.shape, shape, (fine, coarse) => {
      out[coarse] = at(out, coarse) + at(x.data, fine);
    });
    return out;
  },
};

/**
 * An image [n,c,h,w] at twice the size, [n,c,2h,2w]: each pixel becomes two by two equal ones.
 *
 * @throws DeblendError for anything but an image
 */
export const upsampleNearest = (x: Tensor): Tensor => apply(upsampleNearestOp, [x], undefined);
/**
 * An image [n,c,2h,2w] at half the size, [n,c,h,w]: the sum (not the mean) of each two by two pixels.
 *
 * @throws DeblendError for anything but an image of even height and width
 */
export const sumPool = (x: Tensor): Tensor => apply(sumPoolOp, [x], undefined);
