/**
 * The symbolic tensor: an immutable expression node, and the contract that every operation fulfils.
 *
 * A tensor is *what* to compute, never the numbers: an operation, its inputs and attributes, and the shape that
 * follows from them. Gradients are built from the same operations (`gradients.ts`), every operation has a meaning in
 * plain float64 (`reference.ts`), and `src/onnx` lowers an expression to a graph that a runtime can run.
 *
 * All numbers are real; the number format (float32, float16) is chosen where an expression is lowered.
 */
import { DeblendError } from "../errors.ts";

/** Sizes along each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Concrete float64 values in row-major order: what the reference computes with. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** One operation: its shape rule, its gradient in the same operations, and its meaning. */
export interface Op<Attributes = unknown> {
  readonly name: string;
  /** The output's shape; throws a `DeblendError` naming the operation and the shapes where they do not fit. */
  shape(inputs: readonly Shape[], attributes: Attributes): Shape;
  /**
   * The gradient of a scalar with respect to each input, given that with respect to the output (`d`, of the output's
   * shape). `undefined` stands for zero. Only inputs whose `wanted` entry is true are asked for.
   */
  gradient(call: Call<Attributes>, d: Tensor, wanted: readonly boolean[]): (Tensor | undefined)[];
  /** The operation in float64. */
  reference(inputs: readonly Values[], attributes: Attributes, shape: Shape): Float64Array;
  /** For a composite operation: itself in simpler ones, used where a target has no kernel of its own for it. */
  expand?(call: Call<Attributes>): Tensor;
}

/** An operation applied to its inputs. */
export interface Call<Attributes = unknown> {
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly output: Tensor;
}

/** A node of the expression. */
export interface Tensor {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly shape: Shape;
}

/** Applies an operation: checks the shapes and makes the node. */
export function apply<Attributes>(
  op: Op<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor {
  const shape = op.shape(
    inputs.map((input) => input.shape),
    attributes,
  );
  return Object.freeze({
    op,
    inputs: Object.freeze([...inputs]),
    attributes,
    shape: Object.freeze([...shape]),
  });
}

/** The one-sentence error for operands that an operation cannot take. */
export function shapeError(op: string, expected: string, ...found: readonly Shape[]): DeblendError {
  return new DeblendError(
    `${op} needs ${expected}, but got ${found.map(formatShape).join(" and ") || "none"}.`,
  );
}

/** Whether all numbers are whole and at least `least`, as sizes, strides and counts are. */
export function areWhole(numbers: readonly number[], least: number): boolean {
  return numbers.every((n) => Number.isSafeInteger(n) && n >= least);
}

/** `[2,3]` for a message. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** The i-th entry of an array that is known to have one (a shape's axis, an operation's input). */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw new RangeError(`No entry ${index} among ${items.length}.`);
  return item;
}
