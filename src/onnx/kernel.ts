/**
 * How operations become ONNX nodes on a target: the contract of targets, and tables of kernels.
 */
import type { Call, Op, Shape, Tensor } from "../tensor/tensor.ts";
import type { GraphBuilder } from "./graph.ts";

/** Adds the nodes of one call and returns the name of the result; `names` are those of its inputs. */
export type Kernel<Attributes> = (
  graph: GraphBuilder,
  names: readonly string[],
  call: Call<Attributes>,
) => string;

/** An operation with its kernel, ready for a target's table. */
export type Entry = readonly [Op, Kernel<unknown>];

/** Pairs an operation with its kernel, so that the types of the attributes agree. */
export function kernel<Attributes>(op: Op<Attributes>, lower: Kernel<Attributes>): Entry {
  return [op, (graph, names, call) => lower(graph, names, call as Call<Attributes>)];
}

/** The order in which a target keeps a parameter between steps, where it is not the row-major order of its shape. */
export interface Storage {
  /** Writes row-major numbers to another array in the target's order. */
  toStored(plain: Float32Array, into: Float32Array): void;
  /** The inverse. */
  toPlain(stored: Float32Array, into: Float32Array): void;
}

/** One graph under way: which value each tensor became. */
export interface Lowering {
  /**
   * Declares an input of the graph.
   *
   * @param parameter the shape of the parameter whose numbers it holds as the target stores them (`Target.storage`)
   */
  input(node: Tensor, name: string, parameter?: Shape): void;
  /** Adds the nodes of an operation whose inputs are there; false where the target has no kernel for it. */
  lower(node: Tensor): boolean;
  /** Makes `node` another name for the value of `other`. */
  alias(node: Tensor, other: Tensor): void;
  /** The value's name in row-major order, or as the target stores a parameter of the given shape. */
  result(node: Tensor, parameter?: Shape): string;
}

/** What a target may know of the expression beforehand. */
export interface Expression {
  /** How many operations and outputs take the tensor. */
  uses(node: Tensor): number;
}

/** A set of kernels. An operation without one is expanded into simpler operations. */
export interface Target {
  readonly name: string;
  /** Whether graphs come out as they should run, so that a runtime's own optimiser only costs time. */
  readonly isFinal: boolean;
  begin(graph: GraphBuilder, expression: Expression): Lowering;
  /** How a parameter of a shape is kept between steps; undefined for row-major order. */
  storage(parameter: Shape): Storage | undefined;
  /** Whether a convolution with weights [o,i,kh,kw] is computed in a layout of the target's own. */
  isOwn(weights: Shape): boolean;
}

/** A target whose values all lie in row-major order; later entries replace earlier ones. */
export function target(name: string, entries: readonly Entry[]): Target {
  const kernels = new Map(entries);
  return {
    name,
    isFinal: false,
    storage: () => undefined,
    isOwn: () => false,
    begin: (graph) => {
      const names = new Map<Tensor, string>();
      const nameOf = (node: Tensor) => {
        const found = names.get(node);
        if (found === undefined) throw new Error(`${node.op.name} was not lowered before its use.`);
        return found;
      };
      return {
        input: (node, given) => names.set(node, given),
        lower: (output) => {
          const { op, inputs, attributes } = output;
          const lowered = kernels.get(op)?.(graph, inputs.map(nameOf), { inputs, attributes, output });
          if (lowered !== undefined) names.set(output, lowered);
          return lowered !== undefined;
        },
        alias: (node, other) => names.set(node, nameOf(other)),
        result: nameOf,
      };
    },
  };
}
