/**
 * Pictures to train on: the dataset contract, the formats they come in, and batches as a pure function of (seed, k).
 */
export { type BatchOptions, batchMaker, emptyBatch, shapesOf, type TaskOptions } from "./batches.ts";
export {
  CACHE_PREAMBLE_BYTES,
  CACHE_VERSION,
  type CacheDescription,
  encodeCachePreamble,
  parseCacheDescription,
  parseCachePreamble,
} from "./cacheFormat.ts";
export {
  CAT_CLASSES,
  type Cat,
  type CatDatasetOptions,
  catClass,
  createCatDataset,
  drawCat,
  paintCat,
} from "./cats.ts";
export { type ChannelCount, luminance, toChannels } from "./channels.ts";
export { CIFAR_SHAPE, CIFAR10_CLASSES, parseCifar10 } from "./cifar.ts";
export { type ClassFolders, classFolders } from "./classFolders.ts";
export {
  type ImageDataset,
  type PixelDataset,
  pixelDataset,
  type ReadBytes,
  readFromMemory,
} from "./dataset.ts";
export { type ExampleShapes, exampleShapes, writeExample } from "./examples.ts";
export { datasetPart, partOf } from "./heldOut.ts";
export { IDX_HEADER_BYTES, isIdx, parseIdx, parseIdxHeader } from "./idx.ts";
export { type ImageHeader, imageHeader } from "./imageHeader.ts";
export { createResampler, type Resampler } from "./resample.ts";
export { drawTown, paintSatellite, paintStreetMap, type Town } from "./streets.ts";
export {
  type DrawKey,
  enlargeBicubic,
  maskPicture,
  type Picture,
  type PictureShape,
  parseTask,
  shrink,
  type Task,
  type TaskKind,
  taskKinds,
  taskSyntax,
} from "./tasks/index.ts";
export type { TrainingBatch } from "./trainingBatch.ts";
