/**
 * Training: the configuration of a run, Algorithm 3 as events, the compiled step, and what a trained network is used for.
 */
export {
  accuracyOn,
  type ClassifierOptions,
  crossEntropy,
  type TrainedClassifier,
  trainClassifier,
} from "./classifier.ts";
export {
  channelCount,
  classesOf,
  eventShape,
  imageSize,
  parseRunConfig,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
  shapesOfRun,
  taskOf,
  withClasses,
} from "./config.ts";
export { createDeblender, type TrainedDeblender } from "./deblender.ts";
export type { TrainingEvent } from "./events.ts";
export { type Examples, heldOutExamples, labelsByRow } from "./examples.ts";
export { buildOnnxModel, type ExportOptions } from "./export.ts";
export { type Given, givenFor, guided } from "./guidance.ts";
export { layoutOf } from "./layout.ts";
export { diffusersFiles, onnxMetadata, tensorsOf } from "./modelFiles.ts";
export { deblendingLoss, type Reduction, type TrainingPair } from "./objective.ts";
export { directionOf, type Predicts, parametrisations } from "./predicts.ts";
export { checkGiven, labelOf, type ModelPurpose, purposeOf } from "./purpose.ts";
export { type SampleOptions, type SampleProgress, sample, sampleNoise } from "./sample.ts";
export {
  createObjectiveStep,
  createTrainingStep,
  freshState,
  givenState,
  type InitialState,
  type Objective,
  type StepOptions,
  type TrainingState,
  type TrainingStep,
  type UpdateOptions,
} from "./step.ts";
export { type BatchSource, type TrainOptions, train } from "./trainer.ts";
