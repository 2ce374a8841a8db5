/**
 * What the page can compute on, in words.
 */
import type { BrowserDeviceName } from "../../../../src/index.ts";

export const devices: readonly { readonly name: BrowserDeviceName; readonly title: string }[] = [
  { name: "wasm", title: "WebAssembly, on the processor" },
  { name: "webgpu", title: "WebGPU, on the graphics card" },
];

export const deviceNames = devices.map(({ name }) => name);
