/**
 * How one operation becomes ONNX nodes on a target, and the table of them.
 */
import type { Call, Op, Tensor } from "../tensor/tensor.ts";
import type { GraphBuilder } from "./graph.ts";

/** Adds the nodes of one call and returns the name of the result; `names` are those of its inputs. */
export type Kernel<Attributes> = (
  graph: GraphBuilder,
  names: readonly string[],
  call: Call<Attributes>,
) => string;

/** A set of kernels. An operation without one is expanded into simpler operations. */
export interface Target {
  readonly name: string;
  lower(graph: GraphBuilder, names: readonly string[], node: Tensor): string | undefined;
}

/** An operation with its kernel, ready for a target's table. */
export type Entry = readonly [Op, Kernel<unknown>];

/** Pairs an operation with its kernel, so that the types of the attributes agree. */
export function kernel<Attributes>(op: Op<Attributes>, lower: Kernel<Attributes>): Entry {
  return [op, (graph, names, call) => lower(graph, names, call as Call<Attributes>)];
}

/** Makes a target from entries; later ones replace earlier ones. */
export function target(name: string, entries: readonly Entry[]): Target {
  const kernels = new Map(entries);
  return {
    name,
    lower: (graph, names, output) =>
      kernels.get(output.op)?.(graph, names, {
        inputs: output.inputs,
        attributes: output.attributes,
        output,
      }),
  };
}
