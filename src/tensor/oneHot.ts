/**
 * Numbers of classes as rows of zeros with a single one, and the table lookup that is made of them.
 */
import { mul, sub } from "./binary.ts";
import { reshape } from "./layout.ts";
import { constant, scalar } from "./leaves.ts";
import { matmul } from "./matmul.ts";
import { apply, areWhole, at, type Op, shapeError, type Tensor } from "./tensor.ts";
import { heaviside } from "./unary.ts";

interface OneHotAttributes {
  /** How many classes. */
  readonly size: number;
}

/** [n] to [n, size]: 1 where the number is nearer than 1/2 to the column's, else 0. Flat wherever it has a slope. */
export const oneHotOp: Op<OneHotAttributes> = {
  name: "oneHot",
  shape: ([labels], { size }) => {
    if (labels?.length !== 1) throw shapeError("oneHot", "labels [n]", labels ?? []);
    if (!areWhole([size], 1)) throw shapeError("oneHot", "a whole number of classes from 1", [size]);
    return [at(labels, 0), size];
  },
  gradient: () => [undefined],
  reference: (inputs, { size }) => {
    const { data } = at(inputs, 0);
    return Float64Array.from({ length: data.length * size }, (_, i) =>
      Math.abs(at(data, Math.floor(i / size)) - (i % size)) < 0.5 ? 1 : 0,
    );
  },
  expand: ({ inputs, attributes: { size } }) => {
    const columns = constant(
      Float32Array.from({ length: size }, (_, i) => i),
      [1, size],
    );
    const distance = sub(reshape(at(inputs, 0), [-1, 1]), columns);
    return heaviside(sub(scalar(0.25), mul(distance, distance)));
  },
};

/**
 * Labels [n], numbers of classes from 0 to `size` - 1, to [n, size]: 1 in the column of the label, 0 elsewhere. A number
 * that is near no class gives a row of zeros.
 *
 * @throws DeblendError for labels of another shape, or a size that is no whole number from 1
 */
export const oneHot = (labels: Tensor, size: number): Tensor => apply(oneHotOp, [labels], { size });

/**
 * Rows of a table [size, width] by their numbers [n], to [n, width]: PyTorch's `Embedding`, as a matrix product.
 *
 * @throws DeblendError for other shapes
 */
export function embedding(table: Tensor, rows: Tensor): Tensor {
  if (table.shape.length !== 2) throw shapeError("embedding", "a table [size, width]", table.shape);
  return matmul(oneHot(rows, at(table.shape, 0)), table);
}
