/**
 * The batches that a run trains on: from files through the image cache, or from the built-in pictures.
 */
import { batchMaker, createCatDataset, emptyBatch, type ImageDataset } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import { eventShape, imageSize, type RunConfig } from "../training/config.ts";
import type { BatchSource } from "../training/trainer.ts";
import { openBatches, openImageDataset } from "./data/index.ts";
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

/** Sets of pictures that need no files, by the name that follows `builtin:`. */
const BUILT_IN: Readonly<Record<string, (config: RunConfig) => ImageDataset>> = {
  cats: (config) => {
    const [channels, height, width] = eventShape(config);
    if (channels !== 3 || height !== width) {
      throw new DeblendError(
        `builtin:cats draws square RGB pictures, but ${config.channels} at ${height}x${width} was asked for.`,
      );
    }
    return createCatDataset({ size: height, seed: config.seed });
  },
};

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
  const [, builtIn] = /^builtin:(.*)$/.exec(data) ?? [];
  if (builtIn !== undefined) return openBuiltIn(builtIn, config, onEvent);

  const dataset = await openImageDataset(data, {
    ...{ size: imageSize(config), channels, strict, signal },
    onProgress: (done, total) => onEvent({ type: "decoding", done, total }),
  });
  onEvent({ type: "data", images: dataset.length, ...dataset.report });
  const { cacheFile, shape } = dataset;
  dataset.close();
  // A step takes `accumulate` batches at once; three more are on their way meanwhile.
  const ahead = config.accumulate + 3;
  const batches = openBatches({ cacheFile, seed, batch, flip, shape, from, ahead });
  return { batches, close: () => batches.close() };
}

function openBuiltIn(name: string, config: RunConfig, onEvent: (event: DataEvent) => void): TrainingData {
  const make = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  if (make === undefined) {
    throw new DeblendError(
      `The built-in set ${name} is unknown: choose ${Object.keys(BUILT_IN).join(", ")}, or give a path.`,
    );
  }
  const dataset = make(config);
  onEvent({ type: "data", images: dataset.length, skipped: [], enlarged: 0, notes: [] });
  const fill = batchMaker(dataset, config);
  const next = async (k: number) => {
    const batch = emptyBatch(dataset.shape, config.batch);
    fill(k, batch);
    return batch;
  };
  return { batches: { next }, close: async () => undefined };
}
