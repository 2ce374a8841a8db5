/**
 * The convolution and its filter gradient through deblend: expressions lowered to ONNX, run by ONNX Runtime.
 */
import { lower, tensor } from "../../dist/index.js";
import { openDevice } from "../../dist/node/index.js";
import { gflops, imageShape, kernelShape, values } from "./shapes.mjs";

const device = await openDevice("cpu", { threads: Number(process.argv[2] ?? 2) });
const geometry = { stride: 1, padding: tensor.evenPadding(1) };
const x = tensor.input("x", imageShape);

/** @param {import("../../dist/tensor/index.js").Tensor} y @param {Record<string, readonly number[]>} inputs */
async function time(y, inputs) {
  const program = await device.load(lower({ y }, { target: device.target }).bytes);
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, device.tensor(values(shape), shape)]),
  );
  return gflops(async () => {
    const { y: result } = await program.run(feeds);
    result?.dispose();
  });
}

const forward = await time(tensor.conv2d(x, tensor.input("w", kernelShape), undefined, geometry), {
  x: imageShape,
  w: kernelShape,
});
const filterGradient = await time(
  tensor.conv2dWeightGradient(x, tensor.input("dy", imageShape), geometry, [3, 3]),
  { x: imageShape, dy: imageShape },
);
console.log(JSON.stringify({ forward, filterGradient }));
