/**
 * Topological order of an expression: every node after its inputs, each once.
 */
import { at, type Tensor } from "./tensor.ts";

/** Iterative, since a training step is tens of thousands of nodes deep in places. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const node = at(stack, -1);
    if (state.get(node) === "done") {
      stack.pop();
    } else if (state.get(node) === "open") {
      state.set(node, "done");
      order.push(node);
      stack.pop();
    } else {
      state.set(node, "open");
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const input = at(node.inputs, i);
        if (!state.has(input)) stack.push(input);
      }
    }
  }
  return order;
}
