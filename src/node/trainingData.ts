/**
 * The batches that a run trains on, prepared ahead in a worker thread from the image cache.
 */
import { imageSize, type RunConfig } from "../training/config.ts";
import type { BatchSource } from "../training/trainer.ts";
import { builtInName, openBatches, openBuiltIn, openImageDataset } from "./data/index.ts";
import type { DataEvent, DecodingEvent } from "./events.ts";

export interface TrainingData {
  readonly batches: BatchSource;
  close(): Promise<void>;
}

export interface TrainingDataOptions {
  /** Number of the first batch that the trainer will ask for. */
  readonly from: number;
  readonly onEvent: (event: DecodingEvent | DataEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens what `config.data` names.
 *
 * @throws DeblendError for a path that holds no usable image, or an unknown built-in set
 */
export async function openTrainingData(
  config: RunConfig,
  { from, onEvent, signal }: TrainingDataOptions,
): Promise<TrainingData> {
  const { data, channels, strict, seed, batch, flip } = config;
  const builtIn = builtInName(data);
  const options = {
    ...{ size: imageSize(config), channels, signal },
    onProgress: (done: number, total: number) => onEvent({ type: "decoding", done, total }),
  };
  const dataset =
    builtIn === undefined
      ? await openImageDataset(data, { ...options, strict })
      : await openBuiltIn(builtIn, { ...options, seed });
  onEvent({ type: "data", images: dataset.length, ...dataset.report });
  const { cacheFile, shape } = dataset;
  dataset.close();
  // A step takes `accumulate` batches at once; three more are on their way meanwhile.
  const ahead = config.accumulate + 3;
  const batches = openBatches({ cacheFile, seed, batch, flip, shape, from, ahead });
  return { batches, close: () => batches.close() };
}
