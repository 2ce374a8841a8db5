/**
 * The convolution and its filter gradient in jax-js on its wasm backend.
 */
import { defaultDevice, grad, init, jit, lax, numpy as np } from "@jax-js/jax";
import { gflops, imageShape, kernelShape, values } from "./shapes.mjs";

await init("wasm");
defaultDevice("wasm");
// Functions take their arguments' memory away; `.ref` keeps it.
const x = np.array(values(imageShape)).reshape(imageShape);
const w = np.array(values(kernelShape)).reshape(kernelShape);
const conv = jit((a, b) => lax.conv(a, b, [1, 1], "SAME"));
const gradient = jit(grad((b, a, dy) => np.sum(lax.conv(a, b, [1, 1], "SAME").mul(dy))));

// Seconds each: one timed run has to do.
const forward = await gflops(async () => (await conv(x.ref, w.ref).blockUntilReady()).dispose(), 1);
const dy = np.array(values(imageShape)).reshape(imageShape);
const filterGradient = await gflops(
  async () => (await gradient(w.ref, x.ref, dy.ref).blockUntilReady()).dispose(),
  1,
);
console.log(JSON.stringify({ forward, filterGradient }));
