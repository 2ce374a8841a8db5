/**
 * Pictures to train on: the dataset contract, the formats they come in, and batches as a pure function of (seed, k).
 */
export { type BatchOptions, batchMaker, emptyBatch } from "./batches.ts";
export {
  CACHE_PREAMBLE_BYTES,
  CACHE_VERSION,
  type CacheDescription,
  encodeCachePreamble,
  parseCacheDescription,
  parseCachePreamble,
} from "./cacheFormat.ts";
export { type Cat, type CatDatasetOptions, createCatDataset, drawCat, paintCat } from "./cats.ts";
export { type ChannelCount, toChannels } from "./channels.ts";
export { CIFAR_SHAPE, CIFAR10_CLASSES, parseCifar10 } from "./cifar.ts";
export { type ClassFolders, classFolders } from "./classFolders.ts";
export {
  type ImageDataset,
  type PixelDataset,
  pixelDataset,
  type ReadBytes,
  readFromMemory,
} from "./dataset.ts";
export { IDX_HEADER_BYTES, isIdx, parseIdx, parseIdxHeader } from "./idx.ts";
export { type ImageHeader, imageHeader } from "./imageHeader.ts";
export { createResampler, type Resampler } from "./resample.ts";
export type { TrainingBatch } from "./trainingBatch.ts";
