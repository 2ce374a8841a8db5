/**
 * Lowers expressions to an ONNX model for a target.
 */
import { inputOp } from "../tensor/leaves.ts";
import { topologicalOrder } from "../tensor/order.ts";
import { at, type Shape, type Tensor } from "../tensor/tensor.ts";
import { GraphBuilder, type GraphNode } from "./graph.ts";
import { halve } from "./half.ts";
import type { Lowering, Target } from "./kernel.ts";
import { ElementType, encodeModel, type ValueDescription } from "./model.ts";
import { unreturned } from "./unreturned.ts";

export const precisions = ["f32", "f16"] as const;
/** float32 throughout, or float16 where `half.ts` says that it is enough. */
export type Precision = (typeof precisions)[number];

export interface LowerOptions {
  readonly target: Target;
  /** Inputs and outputs whose first axis is left open, so that one model takes any batch size. */
  readonly dynamicBatch?: readonly string[];
  /** Inputs that are fed as whole numbers (int64), as labels are. */
  readonly integers?: readonly string[];
  /**
   * Flat inputs and outputs that hold a parameter (or its gradient, moment, average) in the order that the target stores
   * it in: the parameter's shape by the input's or output's name.
   */
  readonly stored?: ReadonlyMap<string, Shape>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** f32 by default; f16 needs a target of plain ONNX (`generic`). */
  readonly precision?: Precision;
  /** Runs the model for what it writes into given arrays alone, where the device asks for that (`unreturned.ts`). */
  readonly isUnreturned?: boolean;
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
  {
    target,
    dynamicBatch = [],
    integers = [],
    stored = new Map(),
    metadata = {},
    precision = "f32",
    isUnreturned = false,
  }: LowerOptions,
): LoweredModel {
  const graph = new GraphBuilder();
  const inputs = new Map<string, Shape>();
  const uses = new Map<Tensor, number>();
  const lowering = target.begin(graph, { uses: (node) => uses.get(node) ?? 0 });
  for (const root of Object.values(outputs)) uses.set(root, (uses.get(root) ?? 0) + 1);
  const lowered = new Set<Tensor>();
  const progress = { lowering, target, stored, inputs, uses, graph, integers, lowered };
  lowerInto(nearestFirst(Object.values(outputs)), progress);
  const values = Object.entries(outputs).map(
    ([name, node]) => [name, lowering.result(node, stored.get(name))] as const,
  );

  const names = Object.keys(outputs);
  const full = { nodes: nameOutputs(graph, values), initialisers: graph.initialisers };
  const isFed = (name: string) => !integers.includes(name);
  const whole =
    precision === "f32"
      ? full
      : halve(full.nodes, full.initialisers, [...inputs.keys()].filter(isFed), names);
  const nodes = withoutDead(whole.nodes, names);
  const describe = ([name, shape]: readonly [string, Shape]): ValueDescription => ({
    name,
    shape: dynamicBatch.includes(name) ? ["batch", ...shape.slice(1)] : shape,
  });
  const outputShapes = new Map(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const bytes = encodeModel({
    nodes: isUnreturned ? [unreturned.node, ...nodes] : nodes,
    initialisers: [
      ...whole.initialisers.filter(({ name }) => read.has(name)),
      ...(isUnreturned ? [unreturned.initialiser] : []),
    ],
    inputs: [...inputs].map((entry) => ({ ...describe(entry), isInteger: integers.includes(entry[0]) })),
    outputs: [...(isUnreturned ? [unreturned.output] : []), ...[...outputShapes].map(describe)],
    metadata,
  });
  return { bytes, inputs, outputs: outputShapes, nodeCount: nodes.length };
}

/**
 * Results by the longest way from an input to them: of gradients, those of the last layers come first.
 *
 * Lowered in that order, a weight's gradient comes right after the output gradient that it is made of, which then need
 * not be kept until the way back is over.
 */
function nearestFirst(results: readonly Tensor[]): Tensor[] {
  const distance = new Map<Tensor, number>();
  for (const node of topologicalOrder(results)) {
    distance.set(
      node,
      node.inputs.reduce((longest, input) => Math.max(longest, 1 + (distance.get(input) ?? 0)), 0),
    );
  }
  return [...results].sort((a, b) => (distance.get(a) ?? 0) - (distance.get(b) ?? 0));
}

interface Progress {
  readonly graph: GraphBuilder;
  readonly integers: readonly string[];
  readonly lowering: Lowering;
  readonly target: Target;
  readonly stored: ReadonlyMap<string, Shape>;
  readonly inputs: Map<string, Shape>;
  readonly uses: Map<Tensor, number>;
  readonly lowered: Set<Tensor>;
}

/** Lowers what is not lowered yet; composite operations without a kernel are expanded first. */
function lowerInto(roots: readonly Tensor[], progress: Progress, composite?: string): void {
  const { lowering, target, stored, inputs, uses, lowered, graph, integers } = progress;
  const fresh = topologicalOrder(roots).filter((node) => !lowered.has(node));
  for (const node of fresh) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  for (const node of fresh) {
    lowered.add(node);
    if (node.op === inputOp) {
      const { name } = node.attributes as { name: string };
      const known = inputs.get(name);
      if (known !== undefined && known.join() !== node.shape.join()) {
        throw new Error(`Two inputs named ${name} have the shapes [${known}] and [${node.shape}].`);
      }
      inputs.set(name, node.shape);
      const value = integers.includes(name) ? graph.node("Cast", [name], { to: ElementType.FLOAT }) : name;
      lowering.input(node, value, stored.get(name));
      continue;
    }
    // What a composite operation is made of counts as the composite.
    if (composite === undefined) graph.source = node.op.name;
    if (lowering.lower(node)) continue;
    const expanded = node.op.expand?.({ inputs: node.inputs, attributes: node.attributes, output: node });
    if (expanded === undefined)
      throw new Error(`The target ${target.name} has no kernel for ${node.op.name}.`);
    lowerInto([expanded], progress, composite ?? node.op.name);
    lowering.alias(node, expanded);
  }
}

/** Gives the results their names, by renaming values (or a copy, where a value is an input or has a name already). */
function nameOutputs(graph: GraphBuilder, values: readonly (readonly [string, string])[]): GraphNode[] {
  const produced = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<string, string>();
  const copies: GraphNode[] = [];
  for (const [name, value] of values) {
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

/**
 * The nodes that the results depend on, last ones first: kernels may have replaced what others added before them.
 *
 * ONNX Runtime orders nodes itself, from the results back and later nodes of the file first; in reverse, an optimiser's
 * update comes right after its gradient, and the gradient's memory is free again.
 */
function withoutDead(nodes: readonly GraphNode[], results: readonly string[]): GraphNode[] {
  const wanted = new Set(results);
  const kept = [...nodes].reverse().filter(({ outputs, inputs }) => {
    if (!outputs.some((name) => wanted.has(name))) return false;
    for (const name of inputs) wanted.add(name);
    return true;
  });
  return kept;
}
