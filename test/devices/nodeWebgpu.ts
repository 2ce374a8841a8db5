/** Runs the small training problem on Node's WebGPU and prints the losses: a process of its own, for its environment. */
import { openDevice } from "../../src/runtime/node.ts";
import { smallStepLosses } from "../fixtures/smallStep.ts";

const device = await openDevice("webgpu");
process.stdout.write(`${JSON.stringify(await smallStepLosses(device))}\n`);
