/**
 * A device over ONNX Runtime's JavaScript interface, the same in Node (`onnxruntime-node`) and in a page (`onnxruntime-web`).
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { DeblendError, messageOf } from "../errors.ts";
import { generic, type Target } from "../onnx/index.ts";
import { formatShape, type Shape } from "../tensor/tensor.ts";
import type { Device, DeviceKind, DeviceTensor, Program } from "./device.ts";

/** The part of the `ort` module that is used. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
}

export interface OrtDeviceOptions {
  readonly kind: DeviceKind;
  readonly description: string;
  readonly session: InferenceSession.SessionOptions;
  /** How expressions are lowered for it: `generic` by default. */
  readonly target?: Target;
}

/** Wraps an `ort` module as a device. */
export function ortDevice(
  ort: OrtModule,
  { kind, description, session, target = generic }: OrtDeviceOptions,
): Device {
  // onnxruntime-web takes preallocated outputs too, but does not write what it computed back into them.
  const reusesOutputs = kind === "cpu";
  return {
    kind,
    description,
    target,
    reusesOutputs,
    tensor: (data, shape) => ortTensor(new ort.Tensor("float32", data, shape)),
    load: async (model, { onDevice, optimise = true } = {}) => {
      const options = { ...session, ...(!optimise && { graphOptimizationLevel: "disabled" as const }) };
      const loaded = await createSession(ort, model, {
        ...options,
        ...(kind === "webgpu" && { preferredOutputLocation: "gpu-buffer" as const }),
      }).catch((thrown: unknown) => {
        throw new DeblendError(`The model could not be loaded on ${description}: ${messageOf(thrown)}`);
      });
      if (kind !== "webgpu" || onDevice === undefined) return ortProgram(loaded, reusesOutputs);
      // The location of each output is only known by name once the model has told its names.
      const locations = Object.fromEntries(
        loaded.outputNames.map((name) => [name, onDevice.includes(name) ? "gpu-buffer" : "cpu"] as const),
      );
      await loaded.release();
      return ortProgram(
        await createSession(ort, model, { ...options, preferredOutputLocation: locations }),
        reusesOutputs,
      );
    },
  };
}

function createSession(ort: OrtModule, model: Uint8Array, options: InferenceSession.SessionOptions) {
  return ort.InferenceSession.create(model, { logSeverityLevel: 3, ...options });
}

/** A device tensor that knows the runtime's own. */
interface OrtDeviceTensor extends DeviceTensor {
  readonly native: OrtTensor;
}

function ortTensor(native: OrtTensor): OrtDeviceTensor {
  let disposed = false;
  return {
    native,
    shape: native.dims as Shape,
    read: async () => Float32Array.from((await native.getData()) as Float32Array),
    dispose: () => {
      if (disposed) return;
      disposed = true;
      native.dispose();
    },
  };
}

const nativeOf = (tensor: DeviceTensor): OrtTensor => (tensor as OrtDeviceTensor).native;

function ortProgram(session: InferenceSession, reusesOutputs: boolean): Program {
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: async (feeds, into = {}) => {
      const missing = session.inputNames.find((name) => !(name in feeds));
      if (missing !== undefined)
        throw new DeblendError(`The model needs the input ${missing}, which was not given.`);
      const native = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, nativeOf(tensor)]),
      );
      const fetches = Object.fromEntries(
        session.outputNames.map((name) => {
          const target = reusesOutputs ? into[name] : undefined;
          return [name, target === undefined ? null : nativeOf(target)];
        }),
      );
      const results = await session.run(native, fetches).catch((thrown: unknown) => {
        const shapes = Object.entries(feeds).map(([name, { shape }]) => `${name} ${formatShape(shape)}`);
        throw new DeblendError(
          `The model could not run: ${messageOf(thrown)} (inputs: ${shapes.slice(0, 6).join(", ")}).`,
        );
      });
      return Object.fromEntries(
        session.outputNames.map((name) => {
          const reused = reusesOutputs ? into[name] : undefined;
          const result = results[name];
          if (result === undefined) throw new Error(`The runtime returned no ${name}.`);
          return [name, reused ?? ortTensor(result)];
        }),
      );
    },
    dispose: () => session.release(),
  };
}
