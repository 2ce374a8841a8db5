/**
 * Per-channel primitives and resampling in plain ONNX.
 */
import { channelAffineOp, channelBroadcastOp, channelDotOp, channelMeanOp } from "../../tensor/channel.ts";
import { sumPoolOp, upsampleNearestOp } from "../../tensor/resample.ts";
import type { GraphBuilder } from "../graph.ts";
import { type Entry, kernel } from "../kernel.ts";

const PIXELS = [2, 3];

/** [n,c] as [n,c,1,1]. */
const perChannel = (graph: GraphBuilder, values: string) =>
  graph.node("Unsqueeze", [values, graph.integers(PIXELS)]);

const HALVE = { kernel_shape: [2, 2], strides: [2, 2] };

export const image: readonly Entry[] = [
  kernel(channelMeanOp, (graph, [x = ""]) =>
    graph.node("ReduceMean", [x, graph.integers(PIXELS)], { keepdims: 0 }),
  ),
  kernel(channelDotOp, (graph, [x = "", y = ""]) =>
    x === y
      ? graph.node("ReduceSumSquare", [x, graph.integers(PIXELS)], { keepdims: 0 })
      : graph.node("ReduceSum", [graph.node("Mul", [x, y]), graph.integers(PIXELS)], { keepdims: 0 }),
  ),
  kernel(channelAffineOp, (graph, [x = "", a = "", b]) => {
    const scaled = graph.node("Mul", [x, perChannel(graph, a)]);
    return b === undefined ? scaled : graph.node("Add", [scaled, perChannel(graph, b)]);
  }),
  kernel(channelBroadcastOp, (graph, [values = ""], { attributes: { size } }) =>
    graph.node("Expand", [perChannel(graph, values), graph.integers([1, 1, ...size])]),
  ),
  kernel(upsampleNearestOp, (graph, [x = ""]) =>
    graph.node("Resize", [x, "", graph.floats(Float32Array.of(1, 1, 2, 2), [4])], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
  ),
  kernel(sumPoolOp, (graph, [x = ""]) =>
    graph.node("Mul", [graph.node("AveragePool", [x], HALVE), graph.float(4)]),
  ),
];
