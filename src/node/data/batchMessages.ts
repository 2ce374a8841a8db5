/**
 * What the thread that trains and the thread that prepares batches say to each other.
 */
import type { BatchOptions, TrainingBatch } from "../../data/index.ts";

export interface BatchWorkerData extends BatchOptions {
  /** The cache file of an opened dataset. */
  readonly cacheFile: string;
}

/** A batch to prepare, or that there are no more. */
export type BatchRequest = { readonly k: number; readonly out: TrainingBatch } | "close";

export type BatchReply =
  | { readonly k: number; readonly batch: TrainingBatch }
  /** `isUserError`: the message is a sentence for the user, not a bug. */
  | { readonly error: string; readonly isUserError: boolean };

/** The arrays' memory, to be handed over instead of copied. */
export function buffersOf({ x0, x1, alpha, condition, label }: TrainingBatch): ArrayBuffer[] {
  return [x0, x1, alpha, condition, label]
    .filter((array) => array !== undefined)
    .map(({ buffer }) => buffer as ArrayBuffer);
}
