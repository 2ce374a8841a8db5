/**
 * Sets of images from files, decoded once into a cache, and batches of them prepared ahead.
 */

export { builtInName, openBuiltIn } from "./builtIn.ts";
export { cacheFolder } from "./cache.ts";
export { type BatchQueue, openBatches, type QueueOptions } from "./openBatches.ts";
export {
  type DataReport,
  type OpenedDataset,
  type OpenOptions,
  openImageDataset,
} from "./openImageDataset.ts";
export { type OpenPairsOptions, openPairs, type Pairing } from "./openPairs.ts";
