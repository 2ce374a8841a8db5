/**
 * Softmax over the last axis: exp(x_i) / sum_j exp(x_j).
 */
import { mul, sub } from "./binary.ts";
import { sum } from "./reduce.ts";
import { apply, at, type Op, shapeError, type Tensor } from "./tensor.ts";

export const softmaxOp: Op<undefined> = {
  name: "softmax",
  shape: ([shape]) => {
    if (shape === undefined || shape.length === 0)
      throw shapeError("softmax", "at least one axis", shape ?? []);
    return shape;
  },
  gradient: ({ output: y }, d) => [mul(y, sub(d, sum(mul(d, y), [-1])))],
  reference: (inputs) => {
    const { data, shape } = at(inputs, 0);
    const width = at(shape, -1);
    const out = new Float64Array(data.length);
    for (let start = 0; start < data.length; start += width) {
      const row = data.subarray(start, start + width);
      const peak = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const powers = row.map((x) => Math.exp(x - peak));
      const norm = powers.reduce((a, b) => a + b, 0);
      out.set(
        powers.map((p) => p / norm),
        start,
      );
    }
    return out;
  },
};

/**
 * Softmax over the last axis of `x` [..., n], in its shape: numbers from 0 to 1 that sum to 1 in each row. Large inputs do
 * not overflow.
 *
 * @throws DeblendError for a scalar, which has no axis
 */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], undefined);
