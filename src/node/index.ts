/**
 * The library in Node: data from files, runs on the disk, trained models, and devices to compute on.
 */
export { type NodeDeviceName, type NodeDeviceOptions, openDevice } from "../runtime/node.ts";
export { type BenchOptions, type BenchReport, benchmarkModel } from "./bench.ts";
export { loadCheckpoint, loadLastCheckpoint, saveCheckpoint, verifyCheckpoint } from "./checkpoints.ts";
export {
  type BatchQueue,
  type OpenedDataset,
  type OpenOptions,
  openBatches,
  openImageDataset,
} from "./data/index.ts";
export { type DemoEvent, type DemoOptions, type DemoReport, runDemo } from "./demo.ts";
export {
  type ClassReport,
  type ConditionReport,
  type EvaluateOptions,
  evaluateRun,
} from "./evaluate.ts";
export type { RunEvent } from "./events.ts";
export {
  type ExportFormat,
  type ExportModelOptions,
  type ExportReport,
  exportFormats,
  exportModel,
} from "./export.ts";
export { writeGrid, writeImage } from "./images.ts";
export { type LoadedModel, loadModel, saveModelFolder, type WeightsKind } from "./modelFolder.ts";
export { type PredictOptions, predictFile } from "./predict.ts";
export { readRunConfig } from "./run.ts";
export { type ModelSamples, type SampleModelOptions, sampleModel } from "./sample.ts";
export {
  type ClassSamples,
  type ConditionalSamples,
  type SampleClassesOptions,
  type SampleConditionsOptions,
  sampleClasses,
  sampleConditions,
} from "./sampleConditional.ts";
export { type StudioOptions, type StudioServer, serveStudio } from "./server/index.ts";
export { writeClassSheet, writeConditionSheet } from "./sheets.ts";
export { type TrainRunOptions, trainRun } from "./train.ts";
