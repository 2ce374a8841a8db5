/**
 * What a trainer tells while it works.
 */
import type { Batch } from "../batch.ts";
import type { TrainingState } from "./step.ts";

/** The first event: what is about to run. */
export interface StartedEvent {
  readonly type: "started";
  /** Steps that are done already; above 0 for a run that goes on. */
  readonly step: number;
  readonly steps: number;
  /** How many numbers the network learns. */
  readonly parameters: number;
  /** Where it computes, in words. */
  readonly device: string;
  /** Which layout the convolutions are computed in, see `layoutOf`. */
  readonly layout: string;
}

/** After every step. */
export interface StepEvent {
  readonly type: "step";
  readonly step: number;
  readonly steps: number;
  /** Of this step alone. */
  readonly loss: number;
}

/** Every `logEvery` steps, and before every checkpoint. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly step: number;
  readonly steps: number;
  /** Mean over the steps since the last such event. */
  readonly loss: number;
  /** Over the same steps, without the time for samples and checkpoints. */
  readonly imagesPerSecond: number;
  /** Of this step. */
  readonly learningRate: number;
  /** Global norm of this step's gradient, before clipping. */
  readonly gradientNorm: number;
  /** Time since the run began, earlier sessions of it included. */
  readonly seconds: number;
}

/** A grid of samples, always from the same noise, drawn with the averaged weights. */
export interface SamplesEvent {
  readonly type: "samples";
  readonly step: number;
  readonly batch: Batch;
}

/** The state after a step, to be kept; the arrays are the receiver's. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly state: TrainingState;
}

/** The last event of a run that was asked to stop; a checkpoint came before it. */
export interface StoppedEvent {
  readonly type: "stopped";
  readonly step: number;
  readonly steps: number;
}

/** The last event of a run that reached its end; a checkpoint came before it. */
export interface FinishedEvent {
  readonly type: "finished";
  readonly step: number;
  readonly steps: number;
  /** Mean over the last logged steps. */
  readonly loss: number;
  readonly seconds: number;
}

export type TrainingEvent =
  | StartedEvent
  | StepEvent
  | ProgressEvent
  | SamplesEvent
  | CheckpointEvent
  | StoppedEvent
  | FinishedEvent;
