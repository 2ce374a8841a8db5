/**
 * A trained network as one ONNX file: inputs `x_alpha`, `alpha` and, where the network takes
 * them, `condition` (float32) and `class` (int64); output `prediction`.
 */
import type { Network, Weights } from "../networks/network.ts";
import { generic, lower, type Precision } from "../onnx/index.ts";
import type { Shape } from "../tensor/index.ts";
import { prediction } from "./deblender.ts";

export interface ExportOptions {
  /** Shape of one event, for instance [3, 32, 32]. */
  readonly event: Shape;
  /** Shape of one condition, where the network takes one. */
  readonly condition?: Shape | undefined;
  /** Whether the network takes a class for each event. */
  readonly isLabelled?: boolean;
  /** f32 by default; f16 halves the file, its inputs and outputs stay float32. */
  readonly precision?: Precision;
  /** Kept inside the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the file: plain ONNX, weights inside, the batch size left open.
 * To sample, follow Algorithm 4: from noise at alpha 0, add (alpha' - alpha) prediction.
 */
export function buildOnnxModel(
  network: Network,
  weights: Weights,
  { event, condition, isLabelled = false, precision, metadata = {} }: ExportOptions,
): Uint8Array {
  // The expression is built at batch 2; reshapes leave the batch open, so the model takes any.
  const shapes = {
    ...{ xAlpha: [2, ...event], alpha: [2], condition: condition && [2, ...condition] },
    label: isLabelled ? [2] : undefined,
  };
  return lower(
    { prediction: prediction(network, weights, shapes) },
    {
      ...{ target: generic, metadata, precision, integers: ["class"] },
      dynamicBatch: ["x_alpha", "alpha", "condition", "class", "prediction"],
    },
  ).bytes;
}
