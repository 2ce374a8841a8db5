/**
 * Devices of a worker, each opened once: the runtime's wasm is fetched when the first is asked for.
 */
import { type BrowserDeviceName, type Device, openDevice } from "../../../../src/index.ts";

const opened = new Map<BrowserDeviceName, Promise<Device>>();

/** @throws DeblendError where WebGPU is asked for and the browser offers none */
export function deviceFor(name: BrowserDeviceName): Promise<Device> {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const opening = openDevice(name);
  opened.set(name, opening);
  // What could not be opened may be tried again.
  opening.catch(() => opened.delete(name));
  return opening;
}
