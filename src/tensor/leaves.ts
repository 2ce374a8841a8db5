/**
 * The leaves of an expression: named inputs (fed at every run) and constants (part of the graph).
 */
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { apply, areWhole, formatShape, type Op, type Shape, shapeError, type Tensor } from "./tensor.ts";

interface InputAttributes {
  readonly name: string;
  readonly shape: Shape;
}

function checkedSizes(op: string, shape: Shape): Shape {
  if (!areWhole(shape, 0)) throw shapeError(op, "a shape of whole numbers from 0", shape);
  return shape;
}

/** A value fed by name when the graph runs. */
export const inputOp: Op<InputAttributes> = {
  name: "input",
  shape: (_, { shape }) => checkedSizes("input", shape),
  gradient: () => [],
  reference: (_, { name }) => {
    throw new Error(`The input ${name} has no value: pass one to evaluate().`);
  },
};

/**
 * A named input of the given shape.
 *
 * @throws DeblendError for sizes that are no whole numbers from 0
 */
export function input(name: string, shape: Shape): Tensor {
  return apply(inputOp, [], { name, shape });
}

interface ConstantAttributes {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** A value known when the graph is built. */
export const constantOp: Op<ConstantAttributes> = {
  name: "constant",
  shape: (_, { data, shape }) => {
    const size = sizeOf(checkedSizes("constant", shape));
    if (data.length === size) return shape;
    throw new DeblendError(
      `constant needs ${size} numbers for the shape ${formatShape(shape)}, but got ${data.length}.`,
    );
  },
  gradient: () => [],
  reference: (_, { data }) => Float64Array.from(data),
};

/**
 * A constant tensor, its numbers in row-major order; the array is kept, not copied.
 *
 * @throws DeblendError where the shape has another number of elements
 */
export function constant(data: Float32Array, shape: Shape): Tensor {
  return apply(constantOp, [], { data, shape });
}

/** A constant scalar, shape `[]`. */
export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}
