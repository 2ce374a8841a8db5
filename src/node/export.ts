/**
 * A trained model for other programs: a diffusers folder or one ONNX file; what `deblend export` does, as a library call.
 */
import { join } from "node:path";
import type { Batch } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { sampleSize } from "../networks/index.ts";
import type { Precision } from "../onnx/index.ts";
import { fillNormal, fillUniform } from "../random/index.ts";
import type { Device } from "../runtime/index.ts";
import { openDevice } from "../runtime/node.ts";
import { createDeblender } from "../training/deblender.ts";
import { buildOnnxModel } from "../training/export.ts";
import { onnxMetadata } from "../training/modelFiles.ts";
import { type ModelPurpose, purposeOf } from "../training/purpose.ts";
import { writeFileSafely } from "./files.ts";
import { type LoadedModel, loadModel, saveModelFolder, type WeightsKind } from "./modelFolder.ts";

export const exportFormats = ["diffusers", "onnx"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportModelOptions {
  readonly out: string;
  readonly format: ExportFormat;
  readonly weights?: WeightsKind;
  /** Height and width, for a model that does not say its own. */
  readonly size?: readonly [number, number] | undefined;
  /** ONNX only: f16 halves the file and suits GPUs; f32 by default. */
  readonly precision?: Precision;
}

export interface ExportReport {
  /** What was written. */
  readonly path: string;
  /**
   * ONNX only: the largest difference to the model's own float32 predictions on random inputs, at the batch sizes of
   * `CHECKED`, as a share of the largest prediction.
   */
  readonly largestError?: number;
}

const ONNX_FILE = "model.onnx";
/** Batch sizes at which an ONNX file is checked; it is built at neither. */
const CHECKED = [1, 3] as const;
/** Of rounding: half precision keeps 11 bits, of which a network's many layers use up a few. */
const TOLERANCE: Readonly<Record<Precision, number>> = { f32: 1e-4, f16: 5e-2 };

/**
 * Writes a model in another format; an ONNX file is written only if it computes what the model does.
 *
 * @throws DeblendError for a model that cannot be read or written, or predictions that differ by more than the precision explains
 */
export async function exportModel(
  path: string,
  { out, format, weights = "ema", size, precision = "f32" }: ExportModelOptions,
): Promise<ExportReport> {
  const model = await loadModel(path, { weights });
  if (format === "diffusers") {
    if (precision !== "f32") {
      throw new DeblendError(
        "A diffusers folder holds float32 weights, which Python can halve when it loads them: leave --precision out, or export as onnx.",
      );
    }
    await saveModelFolder(out, model);
    return { path: out };
  }
  const { config } = model.network;
  const sides = size ?? sampleSize(config);
  if (sides === null) throw new DeblendError(`${path} does not say how large its images are: give a size.`);
  const event = [config.out_channels, ...sides];
  const purpose = purposeOf(config);
  const { conditionChannels, classes } = purpose;
  const condition = conditionChannels > 0 ? [conditionChannels, ...sides] : undefined;
  const bytes = buildOnnxModel(model.network, model.weights, {
    ...{ event, condition, precision, isLabelled: classes.length > 0 },
    metadata: onnxMetadata(config),
  });
  const largestError = await largestDifference(model, bytes, event, condition, purpose);
  const tolerance = TOLERANCE[precision];
  if (!(largestError <= tolerance)) {
    throw new DeblendError(
      `The ONNX file was not written: its predictions differ from the model's by ${largestError} of the largest, more than ${tolerance}.`,
    );
  }
  const file = join(out, ONNX_FILE);
  await writeFileSafely(file, bytes);
  return { path: file, largestError };
}

/** Compares an ONNX file with the model that it was made from, on random inputs. */
async function largestDifference(
  { network, weights }: LoadedModel,
  bytes: Uint8Array,
  event: readonly number[],
  condition: readonly number[] | undefined,
  { classes, nullLabel }: ModelPurpose,
): Promise<number> {
  const rows = classes.length + (nullLabel === undefined ? 0 : 1);
  const device = await openDevice("cpu");
  const trained = createDeblender(device, network, weights);
  const program = await device.load(bytes);
  let [largest, scale] = [0, 0];
  try {
    for (const [step, n] of CHECKED.entries()) {
      const x = randomBatch([n, ...event], { step, index: 0 });
      const c = condition && randomBatch([n, ...condition], { step, index: 1 });
      const alpha = new Float32Array(n);
      fillUniform(alpha, { seed: 0, purpose: "network-probe", step, index: 2 });
      const labels = rows === 0 ? undefined : Float32Array.from({ length: n }, (_, i) => (i + step) % rows);
      const expected = await trained.deblend(x, alpha, c, labels?.slice());
      const found = await runOnce(device, program, {
        x_alpha: x,
        alpha: { data: alpha, shape: [n] },
        condition: c,
        ...(labels && { class: { data: labels, shape: [n], isInteger: true } }),
      });
      for (let i = 0; i < expected.data.length; i++) {
        const value = expected.data[i] ?? Number.NaN;
        // `Math.max` keeps a NaN, which is no small difference.
        largest = Math.max(largest, Math.abs((found[i] ?? Number.NaN) - value));
        scale = Math.max(scale, Math.abs(value));
      }
    }
  } finally {
    await program.dispose();
    await trained.dispose();
  }
  return largest === 0 ? 0 : largest / scale;
}

function randomBatch(shape: readonly [number, ...number[]], key: { step: number; index: number }): Batch {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(data, { seed: 0, purpose: "network-probe", ...key });
  return { data, shape };
}

type Fed = Batch & { readonly isInteger?: boolean };

async function runOnce(
  device: Device,
  program: Awaited<ReturnType<Device["load"]>>,
  inputs: Readonly<Record<string, Fed | undefined>>,
): Promise<Float32Array> {
  const feeds = Object.fromEntries(
    Object.entries(inputs)
      .filter((entry): entry is [string, Fed] => entry[1] !== undefined)
      .map(([name, { data, shape, isInteger = false }]) => [
        name,
        isInteger ? device.integers(data, shape) : device.tensor(data.slice(), shape),
      ]),
  );
  const { prediction } = await program.run(feeds);
  if (prediction === undefined) throw new DeblendError("The ONNX file gives no prediction.");
  const values = await prediction.read();
  for (const tensor of [prediction, ...Object.values(feeds)]) tensor.dispose();
  return values;
}
