/**
 * The layout of a checkpoint: a diffusers folder, the averaged weights in another, the optimiser's moments and a manifest.
 */
import { z } from "zod";

export const WEIGHTS_FILE = "diffusion_pytorch_model.safetensors";
export const CONFIG_FILE = "config.json";
export const OPTIMISER_FILE = "optimiser.safetensors";
export const STATE_FILE = "state.json";
export const AVERAGE_FOLDER = "ema";
export const CHECKPOINTS_FOLDER = "checkpoints";
export const SAMPLES_FOLDER = "samples";

/** Where a run stood, and the sha256 of every file beside this one. */
export const checkpointStateSchema = z.strictObject({
  format: z.literal("deblend-checkpoint-1"),
  /** Updates done. */
  step: z.int().nonnegative(),
  seed: z.int().nonnegative(),
  /** Samples drawn so far, and with them the place inside the epoch: batches follow from this and the seed. */
  samples: z.int().nonnegative(),
  /** Seconds trained so far. */
  seconds: z.number().nonnegative(),
  /** Path from the checkpoint's folder to sha256 in hexadecimal. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

export type CheckpointState = z.infer<typeof checkpointStateSchema>;

/** `step-00001000`. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

/** The step of a checkpoint's name, or undefined for another name. */
export function stepOfName(name: string): number | undefined {
  const match = /^step-(\d{8,})$/.exec(name);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
