/**
 * The meaning of an expression in float64: what every lowering is compared against.
 */
import { topologicalOrder } from "./order.ts";
import type { Tensor, Values } from "./tensor.ts";

/**
 * Evaluates expressions directly.
 *
 * @param feeds values of the inputs, each in its tensor's shape
 * @returns one array of values an output
 */
export function evaluate(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, Float64Array>,
): Float64Array[] {
  const values = new Map<Tensor, Values>();
  const computed = (tensor: Tensor): Values => {
    const found = values.get(tensor);
    if (found === undefined) throw new Error(`${tensor.op.name} was not evaluated.`);
    return found;
  };
  for (const node of topologicalOrder(outputs)) {
    const data = feeds.get(node) ?? node.op.reference(node.inputs.map(computed), node.attributes, node.shape);
    values.set(node, { data, shape: node.shape });
  }
  return outputs.map((output) => computed(output).data);
}
