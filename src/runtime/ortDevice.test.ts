/**
 * What a device says when the runtime beneath it fails: a GPU that is lost, an adapter that is missing or has no float16.
 */
import { expect, it } from "vitest";
import type { DeviceKind } from "./device.ts";
import { type OrtModule, ortDevice } from "./ortDevice.ts";

/** A runtime that fails with a message, when a model is loaded or when it runs. */
function failing(at: "create" | "run", message: string): OrtModule {
  const session = {
    inputNames: ["x"],
    outputNames: ["y"],
    run: () => Promise.reject(new Error(message)),
    release: async () => undefined,
  };
  return {
    InferenceSession: {
      create: () => (at === "create" ? Promise.reject(new Error(message)) : Promise.resolve(session)),
    },
    Tensor: class {
      readonly dims: readonly number[];
      readonly location = "cpu";
      constructor(_: string, __: unknown, dims: readonly number[]) {
        this.dims = dims;
      }
      dispose() {}
    },
  } as unknown as OrtModule;
}

const open = (kind: DeviceKind, at: "create" | "run", message: string) =>
  ortDevice(failing(at, message), {
    ...{ kind, description: "WebGPU", session: {} },
    noAdapter: "There is no WebGPU adapter here.",
  });

// As Dawn and ONNX Runtime word it, in Node and in Chromium.
it.each([
  "webgpu_context.cc:763 operator() WebGPU device lost (2): Device was destroyed.",
  "Failed to execute 'mapAsync' on 'GPUBuffer': A valid external Instance reference no longer exists: device is lost.",
  "VK_ERROR_DEVICE_LOST: DeviceLost",
])("says in a sentence that the GPU was lost: %s", async (message) => {
  const device = open("webgpu", "run", message);
  const program = await device.load(new Uint8Array());
  await expect(program.run({ x: device.tensor(new Float32Array(1), [1]) })).rejects.toThrow(
    /^The GPU was lost while it computed .*--resume\.$/,
  );
});

it("tells any other failure with the shapes that it had", async () => {
  const device = open("cpu", "run", "bad axis");
  const program = await device.load(new Uint8Array());
  await expect(program.run({ x: device.tensor(new Float32Array(6), [2, 3]) })).rejects.toThrow(
    "The model could not run: bad axis (inputs: x [2,3]).",
  );
});

it.each([
  ["Failed to get a WebGPU adapter: no adapters", /^There is no WebGPU adapter here\.$/],
  [
    "Program Transpose requires f16 but the device does not support it.",
    /does not compute in half precision/,
  ],
  ["Load model failed: protobuf", /^The model could not be loaded on WebGPU: Load model failed: protobuf$/],
])("says in a sentence why a model could not be loaded: %s", async (message, sentence) => {
  await expect(open("webgpu", "create", message).load(new Uint8Array())).rejects.toThrow(sentence);
});
