/**
 * Devices in Node: the CPU, and WebGPU through the adapter that the system's Vulkan, Metal or Direct3D driver offers.
 */
import { availableParallelism } from "node:os";
import { DeblendError } from "../errors.ts";
import { blocked, generic } from "../onnx/index.ts";
import { blockSize, FLUSH_DENORMALS } from "./blockSize.ts";
import type { Device } from "./device.ts";
import { type OrtModule, ortDevice, webgpuSession } from "./ortDevice.ts";

export type NodeDeviceName = "cpu" | "webgpu";

export interface NodeDeviceOptions {
  /** CPU threads; as many as there are cores by default. */
  readonly threads?: number;
}

/**
 * How long a thread without work spins before it sleeps, in microseconds. Between two operations of a step that is long enough;
 * the runtime's default spins on, which on a machine that does anything else takes the time from the thread with the work.
 */
const SHORT_SPIN = { "intra_op.spin_duration_us": "50" } as const;

/**
 * Opens a device.
 *
 * @throws DeblendError if the name is unknown; a missing adapter shows when the first model is loaded
 */
export async function openDevice(name: NodeDeviceName, options: NodeDeviceOptions = {}): Promise<Device> {
  // Loaded here, not at the top: it is the slowest import of all, and commands like `--help` do without it.
  const ort: OrtModule = await import("onnxruntime-node");
  const threads = options.threads ?? availableParallelism();
  switch (name) {
    case "cpu": {
      const block = await blockSize(ort);
      const layout = block === undefined ? "plain layout" : `blocks of ${block} channels`;
      return ortDevice(ort, {
        kind: "cpu",
        description: `CPU (${threads} ${threads === 1 ? "thread" : "threads"}, ${layout})`,
        target: block === undefined ? generic : blocked(block),
        copiesOutputs: true,
        session: {
          executionProviders: ["cpu"],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: "sequential",
          enableMemPattern: false,
          extra: { session: { ...FLUSH_DENORMALS.session, ...SHORT_SPIN } },
        },
      });
    }
    case "webgpu":
      return ortDevice(ort, {
        kind: "webgpu",
        description: "WebGPU",
        readsBuffers: false,
        noAdapter:
          "There is no WebGPU adapter here: install a Vulkan, Metal or Direct3D driver, or compute on the CPU (--device cpu).",
        session: webgpuSession,
      });
    default:
      throw new DeblendError(`The device ${String(name)} is unknown: choose cpu or webgpu.`);
  }
}
