/**
 * Matrix products over the last two axes, with the leading axes broadcast, and the linear layer made of them.
 */
import { sizeOf } from "../batch.ts";
import { add } from "./binary.ts";
import { transpose } from "./layout.ts";
import { sumTo } from "./reduce.ts";
import { broadcastReader, broadcastShapes, forEachIndex } from "./shapes.ts";
import { apply, at, type Op, shapeError, type Tensor } from "./tensor.ts";

/** [..., m, k] times [..., k, n] to [..., m, n]. */
export const matmulOp: Op<undefined> = {
  name: "matmul",
  shape: ([a, b]) => {
    const left = a ?? [];
    const right = b ?? [];
    if (left.length < 2 || right.length < 2 || at(left, -1) !== at(right, -2)) {
      throw shapeError("matmul", "[..., m, k] and [..., k, n]", left, right);
    }
    return [...broadcastShapes("matmul", left.slice(0, -2), right.slice(0, -2)), at(left, -2), at(right, -1)];
  },
  gradient: ({ inputs }, d, wanted) => {
    const a = at(inputs, 0);
    const b = at(inputs, 1);
    return [
      wanted[0] ? sumTo(matmul(d, swapLastAxes(b)), a.shape) : undefined,
      wanted[1] ? sumTo(matmul(swapLastAxes(a), d), b.shape) : undefined,
    ];
  },
  reference: (inputs, _, shape) => {
    const a = at(inputs, 0);
    const b = at(inputs, 1);
    const inner = at(a.shape, -1);
    const lead = shape.slice(0, -2);
    const readA = broadcastReader(a, [...lead, at(shape, -2), inner]);
    const readB = broadcastReader(b, [...lead, inner, at(shape, -1)]);
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, coordinates) => {
      const row = at(coordinates, -2);
      const column = at(coordinates, -1);
      const ofA = coordinates.slice();
      const ofB = coordinates.slice();
      let total = 0;
      for (let k = 0; k < inner; k++) {
        ofA.splice(-2, 2, row, k);
        ofB.splice(-2, 2, k, column);
        total += readA(ofA) * readB(ofB);
      }
      out[index] = total;
    });
    return out;
  },
};

/**
 * Matrix products: a [..., m, k] times b [..., k, n], to [..., m, n]; the leading axes broadcast.
 *
 * @throws DeblendError for fewer than two axes, an inner size k that differs, or leading axes that do not broadcast
 */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply(matmulOp, [a, b], undefined);

/**
 * Swaps the last two axes.
 *
 * @throws DeblendError for fewer than two
 */
export function swapLastAxes(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const rank = axes.length;
  return transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/**
 * x [..., in] times weight [out, in] transposed, plus bias [out]: PyTorch's `Linear`, to [..., out].
 *
 * @throws DeblendError for shapes that do not fit
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const product = matmul(x, swapLastAxes(weight));
  return bias === undefined ? product : add(product, bias);
}
