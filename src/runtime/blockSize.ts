/**
 * How many channels lie together in the blocked layout of this machine's CPU: asked of the runtime itself.
 */
import { encodeModel } from "../onnx/model.ts";
import type { OrtModule } from "./ortDevice.ts";

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
    const options = { executionProviders: ["cpu"], intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
    const session = await ort.InferenceSession.create(model, options);
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
