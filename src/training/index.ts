/**
 * Training: the configuration of a run, Algorithm 3 as events, the compiled step, and what a trained network is used for.
 */
export {
  channelCount,
  eventShape,
  imageSize,
  parseRunConfig,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
} from "./config.ts";
export { createDeblender, type TrainedDeblender } from "./deblender.ts";
export type { TrainingEvent } from "./events.ts";
export { buildOnnxModel, type ExportOptions } from "./export.ts";
export { deblendingLoss, type Reduction, type TrainingPair } from "./objective.ts";
export { type SampleOptions, type SampleProgress, sample, sampleNoise } from "./sample.ts";
export {
  createTrainingStep,
  freshState,
  type StepOptions,
  type TrainingState,
  type TrainingStep,
} from "./step.ts";
export { type BatchSource, type TrainOptions, train } from "./trainer.ts";
