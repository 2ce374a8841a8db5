/**
 * How many channels lie together in the blocked layout of this machine's CPU: asked of the runtime itself.
 */
import { encodeModel } from "../onnx/model.ts";
import type { OrtModule } from "./ortDevice.ts";

/**
 * Numbers too small for a full mantissa count as zero: the CPU computes with them a hundred times more slowly.
 *
 * The runtime gives the setting to its own threads with every session, but to the thread that calls it only with the first
 * session of the process, which may be the probe below.
 */
export const FLUSH_DENORMALS = { session: { set_denormal_as_zero: "1" } } as const;

let known: Promise<number | undefined> | undefined;

/** 16 with AVX-512, 8 with AVX2; undefined where the runtime has no blocked operators. Asked once. */
export function blockSize(ort: OrtModule): Promise<number | undefined> {
  known ??= probe(ort);
  return known;
}

/** Puts an image of 4 channels into the layout: the channels that come out are those of one block. */
async function probe(ort: OrtModule): Promise<number | undefined> {
  const model = encodeModel({
    nodes: [
      {
        operator: "ReorderInput",
        domain: "com.microsoft.nchwc",
        inputs: ["x"],
        outputs: ["y"],
        attributes: {},
      },
    ],
    initialisers: [],
    inputs: [{ name: "x", shape: [1, 4, 1, 1] }],
    outputs: [{ name: "y", shape: ["n", "c", "h", "w"] }],
  });
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
      extra: FLUSH_DENORMALS,
    });
    try {
      const { y } = await session.run({ x: new ort.Tensor("float32", new Float32Array(4), [1, 4, 1, 1]) });
      const block = y?.dims[1];
      return block === 8 || block === 16 ? block : undefined;
    } finally {
      await session.release();
    }
  } catch {
    // Not an error: the plain layout runs everywhere, and the device's description says which one is in use.
    return undefined;
  }
}
