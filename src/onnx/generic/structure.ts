/**
 * Leaves, moves of elements, reductions and matrix products in plain ONNX.
 */
import { concatOp, padOp, reshapeOp, sliceOp, transposeOp } from "../../tensor/layout.ts";
import { constantOp } from "../../tensor/leaves.ts";
import { matmulOp } from "../../tensor/matmul.ts";
import { broadcastOp, sumOp } from "../../tensor/reduce.ts";
import { softmaxOp } from "../../tensor/softmax.ts";
import { type Entry, kernel } from "../kernel.ts";

export const structure: readonly Entry[] = [
  kernel(constantOp, (graph, _, { attributes: { data, shape } }) => graph.floats(data, shape)),
  kernel(reshapeOp, (graph, [x = ""], { attributes: { target } }) =>
    graph.node("Reshape", [x, graph.integers(target)]),
  ),
  kernel(transposeOp, (graph, names, { attributes: { permutation } }) =>
    graph.node("Transpose", names, { perm: permutation }),
  ),
  kernel(concatOp, (graph, names, { attributes: { axis } }) => graph.node("Concat", names, { axis })),
  kernel(sliceOp, (graph, [x = ""], { attributes: { axis, start, end } }) =>
    graph.node("Slice", [x, graph.integers([start]), graph.integers([end]), graph.integers([axis])]),
  ),
  kernel(padOp, (graph, [x = ""], { attributes: { before, after } }) =>
    graph.node("Pad", [x, graph.integers([...before, ...after])]),
  ),
  kernel(sumOp, (graph, [x = ""], { attributes: { axes } }) =>
    graph.node("ReduceSum", [x, graph.integers(axes)], { keepdims: 1 }),
  ),
  kernel(broadcastOp, (graph, [x = ""], { attributes: { shape } }) =>
    graph.node("Expand", [x, graph.integers(shape)]),
  ),
  kernel(matmulOp, (graph, names) => graph.node("MatMul", names)),
  kernel(softmaxOp, (graph, names) => graph.node("Softmax", names, { axis: -1 })),
];
