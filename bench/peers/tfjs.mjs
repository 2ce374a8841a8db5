/**
 * The convolution in TensorFlow.js on its wasm backend, which has no kernel for the filter's gradient.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gflops, imageShape, kernelShape, values } from "./shapes.mjs";

const require = createRequire(import.meta.url);
// The packages' CommonJS files are the ones that are made for Node.
const tf = require("@tensorflow/tfjs-core");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist")}/`);
wasm.setThreadsCount(Number(process.argv[2] ?? 2));
await tf.setBackend("wasm");
await tf.ready();

const [n, c, h, w] = imageShape;
const x = tf.tensor(values(imageShape), [n, h, w, c]);
const kernel = tf.tensor(values(kernelShape), [3, 3, c, c]);

/** @param {() => import("@tensorflow/tfjs-core").Tensor} compute */
const time = (compute) =>
  gflops(async () => {
    const y = compute();
    await y.data();
    y.dispose();
  });

/** @type {Record<string, number | string>} */
const report = { forward: await time(() => tf.conv2d(x, kernel, 1, "same")) };
try {
  const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: kernel.shape };
  // The kernel that `tf.grad` would call, asked for by name.
  const filterGradient = () => tf.engine().runKernel("Conv2DBackpropFilter", { x, dy: x }, attributes);
  report.filterGradient = await time(filterGradient);
} catch (thrown) {
  report.filterGradientError = String(thrown instanceof Error ? thrown.message : thrown).split("\n")[0];
}
console.log(JSON.stringify(report));
