/**
 * What was trained last as a file: ONNX, or a diffusers folder in a zip; the averaged weights, as `deblend export` takes.
 */
import { zipSync } from "fflate";
import { buildOnnxModel, diffusersFiles, eventShape, onnxMetadata } from "../../../../src/index.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";
import { lastTrained } from "./trainImages.ts";

export interface ExportTrainedRequest {
  readonly format: "onnx" | "diffusers";
}

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const run: Operation<ExportTrainedRequest, never, ExportedFile> = async ({ format }) => {
  const { network, config, state } = lastTrained();
  if (format === "onnx") {
    const metadata = onnxMetadata(network.config);
    const bytes = buildOnnxModel(network, state.ema, { event: eventShape(config), metadata });
    return file("model.onnx", Uint8Array.from(bytes));
  }
  const files = [...diffusersFiles(network, state.ema)].map(([name, parts]) => [
    `model/${name}`,
    joined(parts),
  ]);
  // Weights are as good as random: packing them would only take time.
  return file("model.zip", Uint8Array.from(zipSync(Object.fromEntries(files), { level: 0 })));
};

const file = (name: string, bytes: Uint8Array<ArrayBuffer>): ExportedFile => moved({ name, bytes }, [bytes]);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
