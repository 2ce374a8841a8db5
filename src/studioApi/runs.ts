/**
 * What the server tells about runs.
 */
import type { RunConfig } from "../training/config.ts";

/**
 * What a run is doing.
 *
 * running: some process trains it; stopped: it can go on; finished: it reached its last step; failed: this server trained
 * it and could not go on.
 */
export type RunState = "running" | "stopped" | "finished" | "failed";

export interface RunSummary {
  /** The name of its folder. */
  readonly name: string;
  readonly state: RunState;
  /** Whether this server trains it: then it can be stopped from the page. */
  readonly here: boolean;
  /** Whether it was asked to stop and is saving. */
  readonly stopping: boolean;
  /** The last logged step; 0 before there is one. */
  readonly step: number;
  /** 0 where this version cannot read the configuration. */
  readonly steps: number;
  /** Mean over the last logged steps; absent before there are any. */
  readonly loss?: number | undefined;
  readonly imagesPerSecond?: number | undefined;
  /** How many numbers its network learns; 0 as above. */
  readonly parameters: number;
  /** Trained so far. */
  readonly seconds: number;
  /** Milliseconds since 1970 at which it last wrote a line of metrics, or else its configuration. */
  readonly updated: number;
  /** Why it failed, or what keeps this version from reading it, in one sentence. */
  readonly failure?: string | undefined;
}

export interface RunDetail extends RunSummary {
  /** Absent where this version cannot read it. */
  readonly config?: RunConfig | undefined;
  /** Steps at which there is a grid of samples, ascending. */
  readonly samples: readonly number[];
  /** Steps of the checkpoints that are kept, ascending. */
  readonly checkpoints: readonly number[];
}

/** Lines of metrics.jsonl, column by column; of equal lengths, steps ascending. */
export interface MetricColumns {
  readonly step: readonly number[];
  readonly loss: readonly number[];
  readonly imagesPerSecond: readonly number[];
  readonly learningRate: readonly number[];
  readonly gradientNorm: readonly number[];
  readonly seconds: readonly number[];
}

/** What happened in a run's training. */
export type TrainingNews =
  /** Something that a person should know of, and that does not end the run. */
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "decoding"; readonly done: number; readonly total: number }
  | {
      readonly type: "data";
      readonly images: number;
      /** How many images could not be used. */
      readonly skipped: number;
      readonly notes: readonly string[];
    }
  | { readonly type: "started"; readonly step: number; readonly steps: number; readonly device: string }
  /** One step, a few times a second. */
  | { readonly type: "step"; readonly step: number; readonly steps: number; readonly loss: number }
  /** One line of metrics.jsonl. */
  | ({ readonly type: "progress" } & { readonly [key in keyof MetricColumns]: number })
  /** A new grid of samples. */
  | { readonly type: "samples"; readonly step: number }
  | { readonly type: "checkpoint"; readonly step: number }
  /** The run went back to a checkpoint: what its metrics said may not hold, and is to be asked for again. */
  | { readonly type: "rewound" }
  | { readonly type: "stopped"; readonly step: number }
  | { readonly type: "finished"; readonly step: number }
  | { readonly type: "failed"; readonly reason: string };

/** One message of the event stream. The first of every connection is `runs`, so that nothing needs to be replayed. */
export type StudioMessage =
  /** All runs as they are now. */
  | { readonly type: "runs"; readonly runs: readonly RunSummary[] }
  /** One run as it is now; it may be new. */
  | { readonly type: "run"; readonly run: RunSummary }
  /** A run whose folder is no longer there. */
  | { readonly type: "gone"; readonly name: string }
  | { readonly type: "news"; readonly name: string; readonly news: TrainingNews };
