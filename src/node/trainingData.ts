/**
 * The batches that a run trains on, prepared ahead in a worker thread from the image cache.
 */

import type { RunConfig } from "../training/config.ts";
import type { BatchSource } from "../training/trainer.ts";
import type { OpenedDataset } from "./data/index.ts";
import { openBatches } from "./data/index.ts";
import { targetChannels } from "./openData.ts";

export interface TrainingData {
  readonly batches: BatchSource;
  close(): Promise<void>;
}

/** @param from number of the first batch that the trainer will ask for */
export function openTrainingBatches(
  config: RunConfig,
  { cacheFile, shape }: Pick<OpenedDataset, "cacheFile" | "shape">,
  from: number,
): TrainingData {
  const { seed, batch, flip, task, holdOut, labelDropout } = config;
  // A step takes `accumulate` batches at once; three more are on their way meanwhile.
  const ahead = config.accumulate + 3;
  const making = { seed, batch, flip, task, holdOut, labelDropout, targetChannels: targetChannels(config) };
  const batches = openBatches({ cacheFile, shape, from, ahead, ...making });
  return { batches, close: () => batches.close() };
}
