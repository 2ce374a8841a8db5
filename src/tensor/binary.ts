/**
 * Elementwise functions of two tensors, with broadcasting; the gradient of a broadcast operand is summed back.
 */
import { sizeOf } from "../batch.ts";
import { sumTo } from "./reduce.ts";
import { broadcastReader, broadcastShapes, forEachIndex } from "./shapes.ts";
import { apply, at, type Op, type Tensor } from "./tensor.ts";
import { heaviside, neg, reciprocal } from "./unary.ts";

type BinaryOp = Op<undefined>;
type Slope = (d: Tensor, a: Tensor, b: Tensor) => Tensor;

/** Makes an operation from its float64 meaning and the two products of d with its partial derivatives. */
function binary(name: string, f: (a: number, b: number) => number, da: Slope, db: Slope): BinaryOp {
  return {
    name,
    shape: ([a, b]) => broadcastShapes(name, a ?? [], b ?? []),
    gradient: ({ inputs }, d, wanted) => {
      const a = at(inputs, 0);
      const b = at(inputs, 1);
      return [
        wanted[0] ? sumTo(da(d, a, b), a.shape) : undefined,
        wanted[1] ? sumTo(db(d, a, b), b.shape) : undefined,
      ];
    },
    reference: (inputs, _, shape) => {
      const a = broadcastReader(at(inputs, 0), shape);
      const b = broadcastReader(at(inputs, 1), shape);
      const out = new Float64Array(sizeOf(shape));
      forEachIndex(shape, (index, coordinates) => {
        out[index] = f(a(coordinates), b(coordinates));
      });
      return out;
    },
  };
}

export const addOp = binary(
  "add",
  (a, b) => a + b,
  (d) => d,
  (d) => d,
);
export const subOp = binary(
  "sub",
  (a, b) => a - b,
  (d) => d,
  (d) => neg(d),
);
export const mulOp = binary(
  "mul",
  (a, b) => a * b,
  (d, _, b) => mul(d, b),
  (d, a) => mul(d, a),
);
export const divOp = binary(
  "div",
  (a, b) => a / b,
  (d, _, b) => div(d, b),
  (d, a, b) => neg(mul(d, mul(a, reciprocal(mul(b, b))))),
);
/** Where a = b the gradient goes to b alone. */
export const minimumOp = binary(
  "minimum",
  Math.min,
  (d, a, b) => mul(d, heaviside(sub(b, a))),
  (d, a, b) => sub(d, mul(d, heaviside(sub(b, a)))),
);
/** Where a = b the gradient goes to b alone. */
export const maximumOp = binary(
  "maximum",
  Math.max,
  (d, a, b) => mul(d, heaviside(sub(a, b))),
  (d, a, b) => sub(d, mul(d, heaviside(sub(a, b)))),
);

/**
 * a + b; like all below, of shapes that broadcast (numpy's rules), to the shape that they broadcast to.
 *
 * @throws DeblendError for shapes that do not broadcast
 */
export const add = (a: Tensor, b: Tensor): Tensor => apply(addOp, [a, b], undefined);
/** a - b. */
export const sub = (a: Tensor, b: Tensor): Tensor => apply(subOp, [a, b], undefined);
/** a b, element by element. */
export const mul = (a: Tensor, b: Tensor): Tensor => apply(mulOp, [a, b], undefined);
/** a / b; by 0 as floats divide: infinite, or not a number. */
export const div = (a: Tensor, b: Tensor): Tensor => apply(divOp, [a, b], undefined);
/** The smaller of a and b; the gradient goes to it, and to b where they are equal. */
export const minimum = (a: Tensor, b: Tensor): Tensor => apply(minimumOp, [a, b], undefined);
/** The larger of a and b; the gradient goes to it, and to b where they are equal. */
export const maximum = (a: Tensor, b: Tensor): Tensor => apply(maximumOp, [a, b], undefined);
/** x², as one product. */
export const square = (x: Tensor): Tensor => mul(x, x);
