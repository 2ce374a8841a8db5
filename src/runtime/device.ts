/**
 * Where a model runs and where its numbers live: the contract of a device, a loaded program and its tensors.
 */
import type { Target } from "../onnx/index.ts";
import type { Shape } from "../tensor/tensor.ts";

export type DeviceKind = "cpu" | "wasm" | "webgpu";

/** Numbers in a device's memory. Whoever got it from `tensor` or `run` disposes of it. */
export interface DeviceTensor {
  readonly shape: Shape;
  /** A copy in ordinary memory. */
  read(): Promise<Float32Array>;
  /** Frees the memory; a second call does nothing. */
  dispose(): void;
}

export interface LoadOptions {
  /**
   * Whether the runtime may rewrite the graph; true by default. Worth its time where weights are constants: a training
   * graph is written as it should run, and loads in a third of the time without.
   */
  readonly optimise?: boolean;
  /** Outputs that stay in the device's memory; the others are delivered to ordinary memory. All by default. */
  readonly onDevice?: readonly string[];
  /** Node only: writes how long each node took to a file that begins with this path, once the program is disposed of. */
  readonly profile?: string | undefined;
}

/** A model that has been loaded and can be run any number of times. */
export interface Program {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs once.
   *
   * @param feeds one tensor an input
   * @param into tensors of the right shape that results are written to, where the device can (`reusesOutputs`); a
   *   tensor may be fed and written at once only if the graph reads each of its elements before it writes that element
   * @returns one tensor an output; those of `into` are returned as they are
   */
  run(
    feeds: Readonly<Record<string, DeviceTensor>>,
    into?: Readonly<Record<string, DeviceTensor>>,
  ): Promise<Record<string, DeviceTensor>>;
  dispose(): Promise<void>;
}

export interface Device {
  readonly kind: DeviceKind;
  /** One line for people: provider and threads. */
  readonly description: string;
  /** How expressions are lowered to run fast here. */
  readonly target: Target;
  /** Whether `run` writes into tensors passed as `into`; otherwise they are ignored. */
  readonly reusesOutputs: boolean;
  /**
   * Whether models are best lowered with `isUnreturned`: the binding copies what it returns, even what it has written
   * into a tensor of `into`. Their outputs must be of known shapes.
   */
  readonly copiesOutputs: boolean;
  /** Puts numbers where programs can take them; the array belongs to the tensor from then on. */
  tensor(data: Float32Array, shape: Shape): DeviceTensor;
  /** Whole numbers (int64), for models of others and exported ones that take labels so. */
  integers(values: ArrayLike<number>, shape: Shape): DeviceTensor;
  load(model: Uint8Array, options?: LoadOptions): Promise<Program>;
}
