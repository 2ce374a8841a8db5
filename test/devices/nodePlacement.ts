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

const report: Record<string, string> = {};
for (const name of ["tiny", "small", "official"] as const satisfies readonly (keyof typeof presets)[]) {
  // The smallest image that all levels halve evenly.
  const side = 2 ** (presets[name].config.block_out_channels.length - 1);
  const network = unet(presetConfig(name, { size: [side, side], channels: 3 }));
  const event = [3, side, side];
  const loss = deblendingObjective(network, { batch: 1, event, reduction: "mean" });
  const parameters = new Map(network.parameters.map(({ name: key, shape }) => [key, input(key, shape)]));
  const graphs = [
    gradientGraph(network, loss, 2),
    updateGraph(network, { optimiser: optimisers.adamw(), clip: 1 }),
    { prediction: network.apply(parameters, input("x_alpha", [1, 3, side, side]), input("alpha", [1])) },
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
