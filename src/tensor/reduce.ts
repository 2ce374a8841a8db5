/**
 * Sums over axes and their adjoint, broadcasting; means are sums times a constant.
 */
import { sizeOf } from "../batch.ts";
import { mul } from "./binary.ts";
import { reshape } from "./layout.ts";
import { scalar } from "./leaves.ts";
import { broadcastReader, broadcastShapes, forEachIndex, stridesOf } from "./shapes.ts";
import { apply, areWhole, at, type Op, type Shape, shapeError, type Tensor } from "./tensor.ts";

interface SumAttributes {
  readonly axes: readonly number[];
}

/** Sum over axes, which stay with size 1. */
export const sumOp: Op<SumAttributes> = {
  name: "sum",
  shape: ([shape], { axes }) => {
    const found = shape ?? [];
    if (!areWhole(axes, 0) || axes.some((axis) => axis >= found.length)) {
      throw shapeError("sum", `the axes ${axes.join(", ")}`, found);
    }
    return found.map((size, axis) => (axes.includes(axis) ? 1 : size));
  },
  gradient: ({ inputs }, d) => [broadcastTo(d, at(inputs, 0).shape)],
  reference: ([x], _, shape) => {
    const out = new Float64Array(sizeOf(shape));
    if (x === undefined) return out;
    const strides = stridesOf(shape).map((stride, axis) => (at(shape, axis) === 1 ? 0 : stride));
    forEachIndex(x.shape, (index, coordinates) => {
      const target = coordinates.reduce((sum, c, axis) => sum + c * at(strides, axis), 0);
      out[target] = at(out, target) + at(x.data, index);
    });
    return out;
  },
};

/** Repeats along axes of size 1 (and new leading ones) to the given shape. */
export const broadcastOp: Op<{ readonly shape: Shape }> = {
  name: "broadcast",
  shape: ([from], { shape }) => {
    const found = broadcastShapes("broadcast", from ?? [], shape);
    if (!areWhole(shape, 0) || found.join() !== shape.join())
      throw shapeError("broadcast", "a larger target", from ?? [], shape);
    return shape;
  },
  gradient: ({ inputs }, d) => [sumTo(d, at(inputs, 0).shape)],
  reference: (inputs, _, shape) => {
    const read = broadcastReader(at(inputs, 0), shape);
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, coordinates) => {
      out[index] = read(coordinates);
    });
    return out;
  },
};

const allAxes = (x: Tensor) => x.shape.map((_, axis) => axis);
const resolve = (x: Tensor, axes: readonly number[]) =>
  axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));

/**
 * Sum over `axes` (all by default; negative ones count from the last), kept as size 1.
 *
 * @throws DeblendError for an axis that `x` does not have
 */
export function sum(x: Tensor, axes: readonly number[] = allAxes(x)): Tensor {
  return axes.length === 0 ? x : apply(sumOp, [x], { axes: resolve(x, axes) });
}

/**
 * Mean over `axes` (all by default; negative ones count from the last), kept as size 1.
 *
 * @throws DeblendError for an axis that `x` does not have
 */
export function mean(x: Tensor, axes: readonly number[] = allAxes(x)): Tensor {
  const added = sum(x, axes);
  const count = resolve(x, axes).reduce((n, axis) => n * at(x.shape, axis), 1);
  return mul(added, scalar(1 / count));
}

/** The sum of every element, shape `[]`. */
export function total(x: Tensor): Tensor {
  return reshape(sum(x), []);
}

/**
 * Repeats `x` along its axes of size 1, and new leading ones, to `shape`.
 *
 * @throws DeblendError where `x` does not fit it
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(broadcastOp, [x], { shape });
}

/** The adjoint of broadcasting: sums `x` down to `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < lead || (at(shape, axis - lead) === 1 && size !== 1) ? [axis] : [],
  );
  const summed = sum(x, axes);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
