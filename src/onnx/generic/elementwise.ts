/**
 * Elementwise operations in plain ONNX: one node each, but for the few that ONNX has no node for.
 */
import { addOp, divOp, maximumOp, minimumOp, mulOp, subOp } from "../../tensor/binary.ts";
import type { Op } from "../../tensor/tensor.ts";
import {
  cosOp,
  expOp,
  heavisideOp,
  logOp,
  negOp,
  reciprocalOp,
  reluOp,
  sigmoidOp,
  siluOp,
  sinOp,
  sqrtOp,
  tanhOp,
} from "../../tensor/unary.ts";
import { type Entry, kernel } from "../kernel.ts";

const direct = (op: Op<undefined>, operator: string) =>
  kernel(op, (graph, names) => graph.node(operator, names));

const FLOAT = 1;

export const elementwise: readonly Entry[] = [
  direct(negOp, "Neg"),
  direct(expOp, "Exp"),
  direct(logOp, "Log"),
  direct(sqrtOp, "Sqrt"),
  direct(reciprocalOp, "Reciprocal"),
  direct(sinOp, "Sin"),
  direct(cosOp, "Cos"),
  direct(tanhOp, "Tanh"),
  direct(sigmoidOp, "Sigmoid"),
  direct(reluOp, "Relu"),
  direct(addOp, "Add"),
  direct(subOp, "Sub"),
  direct(mulOp, "Mul"),
  direct(divOp, "Div"),
  direct(minimumOp, "Min"),
  direct(maximumOp, "Max"),
  kernel(heavisideOp, (graph, [x = ""]) =>
    graph.node("Cast", [graph.node("Greater", [x, graph.float(0)])], { to: FLOAT }),
  ),
  kernel(siluOp, (graph, [x = ""]) => graph.node("Mul", [x, graph.node("Sigmoid", [x])])),
];
