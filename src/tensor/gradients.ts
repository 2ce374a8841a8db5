/**
 * Reverse-mode differentiation: the gradient of a scalar expression, as expressions in the same operations.
 */
import { sizeOf } from "../batch.ts";
import { add } from "./binary.ts";
import { constant } from "./leaves.ts";
import { topologicalOrder } from "./order.ts";
import { broadcastTo } from "./reduce.ts";
import { at, shapeError, type Tensor } from "./tensor.ts";

/**
 * d `loss` / d each of `parameters`, in their shapes; zeros where the loss does not depend on one.
 *
 * @param loss a scalar, shape `[]`
 */
export function gradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1) throw shapeError("gradients", "a scalar loss", loss.shape);
  const order = topologicalOrder([loss]);
  // Only what lies on a path from a parameter to the loss needs a gradient.
  const wanted = new Set<Tensor>(parameters);
  for (const node of order) {
    if (node.inputs.some((input) => wanted.has(input))) wanted.add(node);
  }
  const sums = new Map<Tensor, Tensor>([[loss, constant(Float32Array.of(1), loss.shape)]]);
  for (let index = order.length - 1; index >= 0; index--) {
    const node = at(order, index);
    const d = sums.get(node);
    if (d === undefined || node.inputs.length === 0 || !wanted.has(node)) continue;
    const flags = node.inputs.map((input) => wanted.has(input));
    const parts = node.op.gradient(
      { inputs: node.inputs, attributes: node.attributes, output: node },
      d,
      flags,
    );
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part === undefined || !flags[i]) return;
      const before = sums.get(input);
      sums.set(input, before === undefined ? part : add(before, part));
    });
  }
  return parameters.map(
    (parameter) => sums.get(parameter) ?? broadcastTo(constant(Float32Array.of(0), []), parameter.shape),
  );
}
