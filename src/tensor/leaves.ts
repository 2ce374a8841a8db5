/**
 * The leaves of an expression: named inputs (fed at every run) and constants (part of the graph).
 */
import { sizeOf } from "../batch.ts";
import { apply, formatShape, type Op, type Shape, type Tensor } from "./tensor.ts";

interface InputAttributes {
  readonly name: string;
  readonly shape: Shape;
}

/** A value fed by name when the graph runs. */
export const inputOp: Op<InputAttributes> = {
  name: "input",
  shape: (_, { shape }) => shape,
  gradient: () => [],
  reference: (_, { name }) => {
    throw new Error(`The input ${name} has no value: pass one to evaluate().`);
  },
};

/** A named input of the given shape. */
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
  shape: (_, { shape }) => shape,
  gradient: () => [],
  reference: (_, { data }) => Float64Array.from(data),
};

/** A constant tensor; the data is kept, not copied. */
export function constant(data: Float32Array, shape: Shape): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `A constant of shape ${formatShape(shape)} needs ${sizeOf(shape)} numbers, not ${data.length}.`,
    );
  }
  return apply(constantOp, [], { data, shape });
}

/** A constant scalar, shape `[]`. */
export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}
