/**
 * What a run on the disk tells: the trainer's events, with files in the place of numbers.
 */
import type {
  FinishedEvent,
  ProgressEvent,
  StartedEvent,
  StepEvent,
  StoppedEvent,
} from "../training/events.ts";
import type { DataReport } from "./data/index.ts";

/** While images are decoded for the first time. */
export interface DecodingEvent {
  readonly type: "decoding";
  readonly done: number;
  readonly total: number;
}

/** The images that the run trains on, and what there is to say about them. */
export interface DataEvent extends DataReport {
  readonly type: "data";
  readonly images: number;
}

/** Something that a person should know. */
export interface NoteEvent {
  readonly type: "note";
  readonly message: string;
}

export interface SampleFileEvent {
  readonly type: "samples";
  readonly step: number;
  readonly file: string;
}

export interface CheckpointFileEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly folder: string;
}

export type RunEvent =
  | DecodingEvent
  | DataEvent
  | NoteEvent
  | StartedEvent
  | StepEvent
  | ProgressEvent
  | SampleFileEvent
  | CheckpointFileEvent
  | StoppedEvent
  | FinishedEvent;
