/**
 * Loads the graphs of every preset on Node's WebGPU, whose sessions refuse any node that would fall back to the CPU, and
 * one graph with a node that has no GPU kernel, to see that they do; prints what came of each.
 */
import { presetConfig, presets, unet } from "../../src/networks/index.ts";
import { generic, lower } from "../../src/onnx/index.ts";
import { encodeModel } from "../../src/onnx/model.ts";
import { optimisers } from "../../src/optimisers/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { input } from "../../src/tensor/index.ts";
import { deblendingObjective } from "../../src/training/step.ts";
import { gradientGraph, updateGraph } from "../../src/training/stepGraphs.ts";

const device = await openDevice("webgpu");
const outcome = async (models: readonly Uint8Array[]) => {
  try {
    for (const model of models) await (await device.load(model)).dispose();
    return "placed";
  } catch (thrown) {
    return String(thrown);
  }
};

/** A preset at the smallest image that all its levels halve evenly; `tiny` also with all that a task can add. */
const networks = (["tiny", "small", "official"] as const satisfies readonly (keyof typeof presets)[]).map(
  (name) => {
    const side = 2 ** (presets[name].config.block_out_channels.length - 1);
    return { name: name as string, side, config: presetConfig(name, { size: [side, side], channels: 3 }) };
  },
);
const given = presetConfig("tiny", { size: [4, 4], channels: 3, conditionChannels: 4 });
networks.push({
  name: "tiny, with a condition and classes",
  side: 4,
  config: { ...given, num_class_embeds: 5 },
});

const report: Record<string, string> = {};
for (const { name, side, config } of networks) {
  const network = unet(config);
  const event = [3, side, side];
  const isLabelled = config.num_class_embeds !== null;
  const condition = config.in_channels > 3 ? [config.in_channels - 3, side, side] : undefined;
  const loss = deblendingObjective(network, { batch: 1, event, condition, isLabelled, reduction: "mean" });
  const parameters = new Map(network.parameters.map(({ name: key, shape }) => [key, input(key, shape)]));
  const prediction = network.apply(
    parameters,
    input("x_alpha", [1, 3, side, side]),
    input("alpha", [1]),
    condition && input("condition", [1, ...condition]),
    isLabelled ? input("label", [1]) : undefined,
  );
  const graphs = [
    gradientGraph(network, loss, 2),
    updateGraph(network, { optimiser: optimisers.adamw(), clip: 1 }),
    { prediction },
  ];
  report[name] = await outcome(graphs.map((outputs) => lower(outputs, { target: generic }).bytes));
}
report.control = await outcome([
  encodeModel({
    nodes: [{ operator: "Det", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
    initialisers: [],
    inputs: [{ name: "x", shape: [2, 2] }],
    outputs: [{ name: "y", shape: [] }],
  }),
]);
process.stdout.write(`${JSON.stringify(report)}\n`);
