/**
 * The device that is used where a person chooses none: a real graphics card if the browser offers one, else the processor.
 */
import type { BrowserDeviceName } from "../../../src/index.ts";

/** TypeScript's DOM library does not know WebGPU yet; this is all of it that is needed here. */
interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean };
}
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

export interface AutomaticDevice {
  readonly name: BrowserDeviceName;
  /** Why WebGPU is not used, as the end of a sentence; undefined where it is. */
  readonly without?: string;
}

/** Asks the browser, once. */
export function automaticDevice(): Promise<AutomaticDevice> {
  known ??= ask();
  return known;
}

let known: Promise<AutomaticDevice> | undefined;

async function ask(): Promise<AutomaticDevice> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (gpu === undefined) return { name: "wasm", without: "this browser has no WebGPU" };
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null)
    return { name: "wasm", without: "this browser has WebGPU, but no graphics card for it" };
  const isSoftware = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return isSoftware
    ? { name: "wasm", without: "this browser's WebGPU is software, which is slower" }
    : { name: "webgpu" };
}
