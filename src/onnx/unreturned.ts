/**
 * A first output that ends a run before its results are returned, for a runtime's binding that copies every one of them.
 *
 * onnxruntime-node (1.30) writes results into the arrays that it is given, and then copies each into a new array all the same,
 * to return it: of a training step that is the whole state, at a quarter of the step's time. It converts results in the order
 * of the model's outputs and stops with an error at one that is no tensor, by when all have been computed and written. So a
 * model whose first output is a sequence is run for what it writes alone.
 */
import type { GraphNode, Initialiser } from "./graph.ts";
import type { ValueDescription } from "./model.ts";

/** Name of the output. */
export const UNRETURNED = "unreturned";

/** What makes the output: a sequence of one number. */
export const unreturned: {
  readonly node: GraphNode;
  readonly initialiser: Initialiser;
  readonly output: ValueDescription;
} = {
  node: {
    operator: "SequenceConstruct",
    domain: "",
    inputs: [`${UNRETURNED}/number`],
    outputs: [UNRETURNED],
    attributes: {},
  },
  initialiser: { name: `${UNRETURNED}/number`, shape: [], data: Float32Array.of(0) },
  output: { name: UNRETURNED, shape: [], isSequence: true },
};

/** Whether a run ended because of the output, and not because it failed. */
export const isUnreturned = (message: string): boolean => /non[- ]tensor type/i.test(message);
