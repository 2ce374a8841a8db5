// The exported ONNX file in plain ONNX Runtime: Algorithm 4 with guidance, in a dozen lines that any language has.
// Run classes.mjs first; its run is exported here.

import { sampleNoise } from "deblend";
import { exportModel, writeGrid } from "deblend/node";
import ort from "onnxruntime-node";

const [steps = "32", run = "runs/furs"] = process.argv.slice(2);
const [count, guidance, event] = [6, 3, [3, 16, 16]];
const { path } = await exportModel(run, { format: "onnx", out: `${run}/onnx` });
const session = await ort.InferenceSession.create(path);

/** The direction for every class, or, with none given, for the label behind the last. */
async function direction(x, alpha, classes) {
  const result = await session.run({
    x_alpha: new ort.Tensor("float32", x, [count, ...event]),
    alpha: new ort.Tensor("float32", new Float32Array(count).fill(alpha), [count]),
    class: new ort.Tensor("int64", BigInt64Array.from(classes, BigInt), [count]),
  });
  return result.prediction.data;
}

const asked = Array.from({ length: count }, (_, i) => i); // one image of each of the six classes
const none = asked.map(() => count); // the number of classes stands for "no class"
const x = sampleNoise(event, 0, 0, count).data;
for (let t = 0; t < Number(steps); t++) {
  const [given, free] = [await direction(x, t / steps, asked), await direction(x, t / steps, none)];
  for (let i = 0; i < x.length; i++) x[i] += (free[i] + guidance * (given[i] - free[i])) / steps;
}
await writeGrid({ data: x, shape: [count, ...event] }, `${run}/onnx/classes.png`, {
  columns: count,
  scale: 4,
});
console.log(`One image of each class: ${run}/onnx/classes.png`);
