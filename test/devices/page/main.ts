/** The page of the device test: runs the small training problem in the browser and hands out the losses. */
import { openDevice } from "../../../src/runtime/browser.ts";
import { smallStepLosses } from "../../fixtures/smallStep.ts";

declare global {
  interface Window {
    lossesOn(name: "wasm" | "webgpu"): Promise<number[]>;
  }
}

window.lossesOn = async (name) => smallStepLosses(await openDevice(name));
