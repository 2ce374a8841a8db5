/**
 * A device over ONNX Runtime's JavaScript interface, the same in Node (`onnxruntime-node`) and in a page (`onnxruntime-web`).
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { sizeOf } from "../batch.ts";
import { DeblendError, messageOf } from "../errors.ts";
import { generic, isUnreturned, type Target, UNRETURNED } from "../onnx/index.ts";
import { encodeModel } from "../onnx/model.ts";
import { formatShape, type Shape } from "../tensor/tensor.ts";
import type { Device, DeviceKind, DeviceTensor, Program } from "./device.ts";
import { oneAtATime, type Turn } from "./oneAtATime.ts";

/** The part of the `ort` module that is used. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: {
    new (type: "float32", data: Float32Array, dims: readonly number[]): OrtTensor;
    new (type: "int64", data: BigInt64Array, dims: readonly number[]): OrtTensor;
  };
}

export interface OrtDeviceOptions {
  readonly kind: DeviceKind;
  readonly description: string;
  readonly session: InferenceSession.SessionOptions;
  /** How expressions are lowered for it: `generic` by default. */
  readonly target?: Target;
  /** Whether the binding can read a GPU buffer by itself; true by default, Node's ends the process where it is asked to. */
  readonly readsBuffers?: boolean;
  /** Whether the binding copies every result, also one that it has written where it was told to; false by default. */
  readonly copiesOutputs?: boolean;
  /** What to say where a model cannot be loaded because there is no adapter. */
  readonly noAdapter?: string;
  /**
   * Whether the runtime breaks when a second call comes before the first has ended, as its build for WebGPU in a page does
   * (it is suspended meanwhile, and cannot be entered again). Calls then wait for each other.
   */
  readonly isExclusive?: boolean;
}

/**
 * How WebGPU sessions are made: every node on the GPU, or an error. The runtime would otherwise compute what it has no
 * GPU kernel for on the CPU, and copy there and back in silence.
 */
export const webgpuSession: InferenceSession.SessionOptions = {
  executionProviders: ["webgpu"],
  enableMemPattern: false,
  extra: { session: { disable_cpu_ep_fallback: "1" } },
};

/** Wraps an `ort` module as a device. */
export function ortDevice(ort: OrtModule, options: OrtDeviceOptions): Device {
  const {
    kind,
    description,
    session,
    target = generic,
    readsBuffers = true,
    copiesOutputs = false,
    noAdapter,
  } = options;
  const turn: Turn = options.isExclusive ? oneAtATime() : (work) => work();
  const read: Reader = readsBuffers
    ? async (native) => (await turn(() => native.getData())) as Float32Array
    : createReader(ort, session);
  const tensor = (data: Float32Array, shape: Shape) => new ort.Tensor("float32", data, shape);
  // onnxruntime-web takes preallocated outputs too, but does not write what it computed back into them.
  const reusesOutputs = kind === "cpu";
  return {
    kind,
    description,
    target,
    reusesOutputs,
    copiesOutputs,
    tensor: (data, shape) => ortTensor(tensor(data, shape), read),
    integers: (values, shape) =>
      ortTensor(new ort.Tensor("int64", BigInt64Array.from(Array.from(values, BigInt)), shape), read),
    load: async (model, { onDevice, optimise = true, profile } = {}) => {
      const settings = { ...session, ...(!optimise && { graphOptimizationLevel: "disabled" as const }) };
      // Outputs that are not named go to ordinary memory.
      const locations = onDevice && Object.fromEntries(onDevice.map((name) => [name, "gpu-buffer"] as const));
      const loaded = await turn(() =>
        createSession(ort, model, {
          ...settings,
          ...(kind === "webgpu" && { preferredOutputLocation: locations ?? "gpu-buffer" }),
          ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
        }),
      ).catch((thrown: unknown) => {
        const message = messageOf(thrown);
        if (noAdapter !== undefined && /adapter/i.test(message))
          throw new DeblendError(noAdapter, { cause: thrown });
        if (NO_HALF.test(message))
          throw new DeblendError(
            "This GPU, or its driver, does not compute in half precision (shader-f16): use --precision f32.",
            { cause: thrown },
          );
        throw new DeblendError(`The model could not be loaded on ${description}: ${message}`);
      });
      const isProfiled = profile !== undefined;
      return ortProgram(loaded, { kind, reusesOutputs, read, turn, tensor, isProfiled });
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

/** The numbers of a tensor, brought to ordinary memory; the array may be the runtime's own. */
type Reader = (native: OrtTensor) => Promise<Float32Array>;

/** Reads by a model that does nothing, whose result the runtime itself delivers to ordinary memory; one for each rank. */
function createReader(ort: OrtModule, session: InferenceSession.SessionOptions): Reader {
  const models = new Map<number, Promise<InferenceSession>>();
  return async (native) => {
    if (native.location !== "gpu-buffer") return (await native.getData()) as Float32Array;
    const rank = native.dims.length;
    const shape = native.dims.map((_, axis) => `d${axis}`);
    const model =
      models.get(rank) ??
      createSession(
        ort,
        encodeModel({
          nodes: [{ operator: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
          initialisers: [],
          inputs: [{ name: "x", shape }],
          outputs: [{ name: "y", shape }],
        }),
        { ...session, preferredOutputLocation: "cpu" },
      );
    models.set(rank, model);
    const { y } = await (await model).run({ x: native });
    if (y === undefined) throw new Error("The copying model has no result.");
    return (await y.getData()) as Float32Array;
  };
}

function ortTensor(native: OrtTensor, read: Reader): OrtDeviceTensor {
  let disposed = false;
  return {
    native,
    shape: native.dims as Shape,
    read: async () => Float32Array.from(await read(native)),
    dispose: () => {
      if (disposed) return;
      disposed = true;
      native.dispose();
    },
  };
}

const nativeOf = (tensor: DeviceTensor): OrtTensor => (tensor as OrtDeviceTensor).native;

/** What the runtime says where a shader needs float16 and the adapter has none. */
const NO_HALF = /requires f16|shader-f16/i;

/** What Dawn and the browsers say of a device that is gone. */
const LOST = /device (is|was|has been)?\s*lost|lost device|DeviceLost|GPUDevice.*lost/i;

function ortProgram(
  session: InferenceSession,
  {
    kind,
    reusesOutputs,
    read,
    turn,
    tensor,
    isProfiled,
  }: {
    readonly kind: DeviceKind;
    readonly reusesOutputs: boolean;
    readonly read: Reader;
    readonly turn: Turn;
    readonly tensor: (data: Float32Array, shape: Shape) => OrtTensor;
    readonly isProfiled: boolean;
  },
): Program {
  const isUnread = session.outputNames.includes(UNRETURNED);
  const outputs = session.outputNames.filter((name) => name !== UNRETURNED);
  /** A place for a result that nobody gave one for. */
  const placeFor = (name: string): OrtDeviceTensor => {
    const { shape = [] } = session.outputMetadata.find((one) => one.name === name) as { shape?: Shape };
    return ortTensor(tensor(new Float32Array(sizeOf(shape)), shape), read);
  };
  return {
    inputs: session.inputNames,
    outputs,
    run: async (feeds, into = {}) => {
      const missing = session.inputNames.find((name) => !(name in feeds));
      if (missing !== undefined)
        throw new DeblendError(`The model needs the input ${missing}, which was not given.`);
      const native = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, nativeOf(tensor)]),
      );
      const given = reusesOutputs ? into : {};
      const places = new Map(
        outputs.map((name) => [name, given[name] ?? (isUnread ? placeFor(name) : undefined)]),
      );
      const fetches: Record<string, OrtTensor | null> = isUnread ? { [UNRETURNED]: null } : {};
      for (const [name, place] of places) fetches[name] = place === undefined ? null : nativeOf(place);
      const results = await turn(() => session.run(native, fetches)).catch((thrown: unknown) => {
        if (isUnread && isUnreturned(messageOf(thrown))) return undefined;
        if (kind === "webgpu" && LOST.test(messageOf(thrown))) {
          throw new DeblendError(
            "The GPU was lost while it computed (the driver was reset, the machine slept, or the GPU ran out of memory): start again; a run goes on from its last checkpoint with --resume.",
          );
        }
        const shapes = Object.entries(feeds).map(([name, { shape }]) => `${name} ${formatShape(shape)}`);
        throw new DeblendError(
          `The model could not run: ${messageOf(thrown)} (inputs: ${shapes.slice(0, 6).join(", ")}).`,
        );
      });
      return Object.fromEntries(
        [...places].map(([name, place]) => {
          const result = results?.[name];
          if (place === undefined && result === undefined)
            throw new Error(`The runtime returned no ${name}.`);
          return [name, place ?? ortTensor(result as OrtTensor, read)];
        }),
      );
    },
    dispose: () =>
      turn(async () => {
        if (isProfiled) session.endProfiling();
        await session.release();
      }),
  };
}
