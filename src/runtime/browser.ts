/**
 * Devices in a web page: wasm (threads where the page is cross-origin isolated) and WebGPU.
 */
import { DeblendError } from "../errors.ts";
import type { Device } from "./device.ts";
import { type OrtModule, ortDevice, webgpuSession } from "./ortDevice.ts";

export type BrowserDeviceName = "wasm" | "webgpu";

/**
 * Opens a device.
 *
 * @throws DeblendError where WebGPU is asked for and the browser offers no adapter
 */
export async function openDevice(name: BrowserDeviceName): Promise<Device> {
  // Each in its own build: that of wasm alone is half as large, and none of its code is made to be interrupted for the GPU.
  const ort = await (name === "wasm" ? import("onnxruntime-web/wasm") : import("onnxruntime-web/webgpu"));
  const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
  ort.env.wasm.numThreads = threads;
  const module: OrtModule = ort;
  if (name === "wasm") {
    return ortDevice(module, {
      kind: "wasm",
      description: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
      session: { executionProviders: ["wasm"] },
    });
  }
  // TypeScript's DOM library does not know WebGPU yet; this is all of it that is needed here.
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
  if (!(await gpu?.requestAdapter())) {
    throw new DeblendError("This browser offers no WebGPU adapter: use wasm instead, or enable WebGPU.");
  }
  return ortDevice(module, {
    kind: "webgpu",
    description: "WebGPU",
    session: webgpuSession,
    isExclusive: true,
  });
}
