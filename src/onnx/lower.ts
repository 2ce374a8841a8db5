/**
 * Lowers expressions to an ONNX model for a target.
 */
import { inputOp } from "../tensor/leaves.ts";
import { topologicalOrder } from "../tensor/order.ts";
import { at, type Shape, type Tensor } from "../tensor/tensor.ts";
import { GraphBuilder, type GraphNode } from "./graph.ts";
import type { Target } from "./kernel.ts";
import { encodeModel, type ValueDescription } from "./model.ts";

export interface LowerOptions {
  readonly target: Target;
  /** Inputs and outputs whose first axis is left open, so that one model takes any batch size. */
  readonly dynamicBatch?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface LoweredModel {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<string, Shape>;
  readonly outputs: ReadonlyMap<string, Shape>;
  readonly nodeCount: number;
}

/**
 * @param outputs what to compute, by the name that the result gets
 * @returns the model; its inputs are the expression's named inputs that the outputs depend on
 */
export function lower(
  outputs: Readonly<Record<string, Tensor>>,
  { target, dynamicBatch = [], metadata = {} }: LowerOptions,
): LoweredModel {
  const graph = new GraphBuilder();
  const inputs = new Map<string, Shape>();
  const names = new Map<Tensor, string>();
  lowerInto(graph, Object.values(outputs), target, names, inputs);

  const nodes = nameOutputs(graph, outputs, names);
  const describe = ([name, shape]: readonly [string, Shape]): ValueDescription => ({
    name,
    shape: dynamicBatch.includes(name) ? ["batch", ...shape.slice(1)] : shape,
  });
  const outputShapes = new Map(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
  const bytes = encodeModel({
    nodes,
    initialisers: graph.initialisers,
    inputs: [...inputs].map(describe),
    outputs: [...outputShapes].map(describe),
    metadata,
  });
  return { bytes, inputs, outputs: outputShapes, nodeCount: nodes.length };
}

/** Lowers what `names` does not hold yet; composite operations without a kernel are expanded first. */
function lowerInto(
  graph: GraphBuilder,
  roots: readonly Tensor[],
  target: Target,
  names: Map<Tensor, string>,
  inputs: Map<string, Shape>,
): void {
  for (const node of topologicalOrder(roots)) {
    if (names.has(node)) continue;
    if (node.op === inputOp) {
      const { name } = node.attributes as { name: string };
      const known = inputs.get(name);
      if (known !== undefined && known.join() !== node.shape.join()) {
        throw new Error(`Two inputs named ${name} have the shapes [${known}] and [${node.shape}].`);
      }
      inputs.set(name, node.shape);
      names.set(node, name);
      continue;
    }
    const inputNames = node.inputs.map((input) => nameOf(names, input));
    const lowered = target.lower(graph, inputNames, node);
    if (lowered !== undefined) {
      names.set(node, lowered);
      continue;
    }
    const expanded = node.op.expand?.({ inputs: node.inputs, attributes: node.attributes, output: node });
    if (expanded === undefined)
      throw new Error(`The target ${target.name} has no kernel for ${node.op.name}.`);
    lowerInto(graph, [expanded], target, names, inputs);
    names.set(node, nameOf(names, expanded));
  }
}

function nameOf(names: ReadonlyMap<Tensor, string>, node: Tensor): string {
  const name = names.get(node);
  if (name === undefined) throw new Error(`${node.op.name} was not lowered before its use.`);
  return name;
}

/** Gives the results their names, by renaming values (or a copy, where a value is an input or has a name already). */
function nameOutputs(
  graph: GraphBuilder,
  outputs: Readonly<Record<string, Tensor>>,
  names: ReadonlyMap<Tensor, string>,
): GraphNode[] {
  const produced = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const copies: GraphNode[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    const value = nameOf(names, tensor);
    if (produced.has(value) && !renamed.has(value)) renamed.set(value, name);
    else copies.push({ operator: "Identity", domain: "", inputs: [value], outputs: [name], attributes: {} });
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  return [...graph.nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: [rename(at(node.outputs, 0))],
  }));
}
