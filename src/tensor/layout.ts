/**
 * Operations that only move elements: reshape, transpose, concat, slice and pad.
 */
import { sizeOf } from "../batch.ts";
import { forEachIndex, stridesOf } from "./shapes.ts";
import { apply, areWhole, at, type Op, type Shape, shapeError, type Tensor } from "./tensor.ts";

interface ReshapeAttributes {
  /** As the author wrote it: one size may be -1, and is left open in the lowered graph (a dynamic batch). */
  readonly target: Shape;
}

/** The same elements in the same row-major order under another shape. */
export const reshapeOp: Op<ReshapeAttributes> = {
  name: "reshape",
  shape: ([from], { target }) => {
    const size = sizeOf(from ?? []);
    const known = target.reduce((product, n) => (n === -1 ? product : product * n), 1);
    const shape = target.map((n) => (n === -1 ? size / known : n));
    const open = target.filter((n) => n === -1).length;
    if (open > 1 || sizeOf(shape) !== size || !areWhole(shape, 0)) {
      throw shapeError("reshape", "a target of equal size", from ?? [], target);
    }
    return shape;
  },
  gradient: ({ inputs }, d) => [reshape(d, at(inputs, 0).shape)],
  reference: ([x]) => x?.data ?? new Float64Array(),
};

interface TransposeAttributes {
  readonly permutation: readonly number[];
}

/** Axis i of the output is axis `permutation[i]` of the input. */
export const transposeOp: Op<TransposeAttributes> = {
  name: "transpose",
  shape: ([from], { permutation }) => {
    const shape = from ?? [];
    if ([...permutation].sort((a, b) => a - b).join() !== shape.map((_, axis) => axis).join()) {
      throw shapeError(
        "transpose",
        `${permutation.length} axes to permute by ${permutation.join(",")}`,
        shape,
      );
    }
    return permutation.map((axis) => at(shape, axis));
  },
  gradient: ({ attributes: { permutation } }, d) => {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [transpose(d, inverse)];
  },
  reference: (inputs, { permutation }, shape) => {
    const x = at(inputs, 0);
    const strides = stridesOf(x.shape);
    const out = new Float64Array(x.data.length);
    forEachIndex(shape, (index, coordinates) => {
      let source = 0;
      for (let axis = 0; axis < permutation.length; axis++) {
        source += at(coordinates, axis) * at(strides, at(permutation, axis));
      }
      out[index] = at(x.data, source);
    });
    return out;
  },
};

interface ConcatAttributes {
  readonly axis: number;
}

/** Joins tensors along one axis. */
export const concatOp: Op<ConcatAttributes> = {
  name: "concat",
  shape: (shapes, { axis }) => {
    const [first] = shapes;
    if (first === undefined) throw shapeError("concat", "at least one tensor");
    if (!areWhole([axis], 0) || axis >= first.length) {
      throw shapeError("concat", `shapes that have the axis ${axis}`, ...shapes);
    }
    const fits = (shape: Shape) =>
      shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]);
    if (!shapes.every(fits)) throw shapeError("concat", `shapes equal but for axis ${axis}`, ...shapes);
    return first.map((size, i) => (i === axis ? shapes.reduce((n, shape) => n + at(shape, axis), 0) : size));
  },
  gradient: ({ inputs, attributes: { axis } }, d, wanted) => {
    let start = 0;
    return inputs.map((part, i) => {
      const from = start;
      start += at(part.shape, axis);
      return wanted[i] ? slice(d, axis, from, start) : undefined;
    });
  },
  reference: (inputs, { axis }, shape) => {
    const out = new Float64Array(sizeOf(shape));
    const inner = sizeOf(shape.slice(axis));
    let offset = 0;
    for (const { shape: part, data } of inputs) {
      const row = sizeOf(part.slice(axis));
      for (let i = 0; i * row < data.length; i++) {
        out.set(data.subarray(i * row, (i + 1) * row), i * inner + offset);
      }
      offset += row;
    }
    return out;
  },
};

interface SliceAttributes {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** The entries `start <= i < end` of one axis. */
export const sliceOp: Op<SliceAttributes> = {
  name: "slice",
  shape: ([from], { axis, start, end }) => {
    const shape = from ?? [];
    if (!areWhole([start, end], 0) || end <= start || end > (shape[axis] ?? 0)) {
      throw shapeError("slice", `axis ${axis} to hold ${start} to ${end}`, shape);
    }
    return shape.map((size, i) => (i === axis ? end - start : size));
  },
  gradient: ({ inputs, attributes: { axis, start, end } }, d) => {
    const { shape } = at(inputs, 0);
    const before = shape.map((_, i) => (i === axis ? start : 0));
    const after = shape.map((size, i) => (i === axis ? size - end : 0));
    return [pad(d, before, after)];
  },
  reference: (inputs, { axis, start, end }, shape) => {
    const x = at(inputs, 0);
    const row = sizeOf(x.shape.slice(axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    const out = new Float64Array(sizeOf(shape));
    const length = (end - start) * inner;
    for (let i = 0; i * length < out.length; i++) {
      out.set(x.data.subarray(i * row + start * inner, i * row + end * inner), i * length);
    }
    return out;
  },
};

interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Zeros before and after each axis. */
export const padOp: Op<PadAttributes> = {
  name: "pad",
  shape: ([from], { before, after }) => {
    const shape = from ?? [];
    if (
      before.length !== shape.length ||
      after.length !== shape.length ||
      !areWhole([...before, ...after], 0)
    ) {
      throw shapeError("pad", "one whole width from 0 before and after each axis", shape, before, after);
    }
    return shape.map((size, axis) => size + at(before, axis) + at(after, axis));
  },
  gradient: ({ inputs, attributes: { before } }, d) => {
    const { shape } = at(inputs, 0);
    const cut = (x: Tensor, size: number, axis: number) =>
      size === at(x.shape, axis) ? x : slice(x, axis, at(before, axis), at(before, axis) + size);
    return [shape.reduce(cut, d)];
  },
  reference: (inputs, { before }, shape) => {
    const x = at(inputs, 0);
    const strides = stridesOf(shape);
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(x.shape, (index, coordinates) => {
      const target = coordinates.reduce(
        (sum, c, axis) => sum + (c + at(before, axis)) * at(strides, axis),
        0,
      );
      out[target] = at(x.data, index);
    });
    return out;
  },
};

/**
 * The same elements, in row-major order, under another shape of as many. One size may be -1: it is inferred, and stays
 * open in the lowered graph, so that the batch may vary.
 *
 * @throws DeblendError where the sizes do not fit
 */
export const reshape = (x: Tensor, target: Shape): Tensor => apply(reshapeOp, [x], { target });
/**
 * Axis i of the output is axis `permutation[i]` of `x`.
 *
 * @throws DeblendError where the permutation does not name every axis once
 */
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor =>
  apply(transposeOp, [x], { permutation });
/**
 * The parts one after the other along `axis`, counted from 0; they are equal in all other sizes.
 *
 * @throws DeblendError for no parts, an axis that they do not have, or sizes that differ
 */
export const concat = (parts: readonly Tensor[], axis: number): Tensor => apply(concatOp, parts, { axis });
/**
 * The entries `start <= i < end` of one axis, counted from 0; the axis stays.
 *
 * @throws DeblendError where the axis has no such entries, or none are asked for
 */
export const slice = (x: Tensor, axis: number, start: number, end: number): Tensor =>
  apply(sliceOp, [x], { axis, start, end });
/**
 * Zeros around `x`: `before[i]` and `after[i]` of them along axis i.
 *
 * @throws DeblendError where there is not one whole number from 0 an axis
 */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[]): Tensor =>
  apply(padOp, [x], { before, after });
