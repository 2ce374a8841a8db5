/**
 * The runs that this server trains, each in a process of its own: started, resumed, stopped in good order.
 */
import { DeblendError, messageOf } from "../../errors.ts";
import type { TrainingNews } from "../../studioApi/index.ts";
import type { RunConfigInput } from "../../training/index.ts";
import type { RunEvent } from "../events.ts";
import { trainApart } from "../trainApart.ts";
import { Refused } from "./refused.ts";
import type { Held } from "./runWatch.ts";

export interface RunControl {
  /** What is known here about a run, whether this server ever trained it or not. */
  held(name: string): Held;
  /**
   * Trains; returns once the training has begun.
   *
   * @throws Refused (409) if the run is being trained here already, or too many are
   * @throws DeblendError for a configuration, data or a folder that cannot be used
   */
  train(name: string, config: Readonly<Record<string, unknown>>, place: Place): Promise<void>;
  /**
   * Asks a run to stop after the step at hand and to save.
   *
   * @throws Refused (409) if this server does not train it
   */
  stop(name: string): void;
  /** How many runs are being trained here. */
  training(): number;
  /** Stops all runs; returns when every one is saved and its process has ended. */
  close(): Promise<void>;
}

export interface Place {
  readonly folder: string;
  readonly resume: boolean;
  /** A real path that no data outside of is read. */
  readonly dataBelow: string | undefined;
}

export interface RunControlOptions {
  /** Told what happens in a run; the training waits for it. */
  readonly onNews: (name: string, news: TrainingNews) => Promise<void>;
  /** Told of errors that should not happen. */
  readonly onProblem: (error: unknown) => void;
}

interface Training {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Milliseconds between two messages of a kind that a person sees as one moving number. */
const NUMBER_EVERY = 200;
/** Each takes memory, and a share of the same processors. */
const MOST_AT_ONCE = 4;

export function controlRuns({ onNews, onProblem }: RunControlOptions): RunControl {
  const trainings = new Map<string, Training>();
  const failures = new Map<string, string>();
  let closing = false;

  /** Reads the events of a training to their end; never rejects. */
  const follow = async (
    name: string,
    events: AsyncIterable<RunEvent>,
    begun: { readonly resolve: () => void; readonly reject: (thrown: unknown) => void },
  ): Promise<void> => {
    let last: TrainingNews | undefined;
    let answered = false;
    let told = Number.NEGATIVE_INFINITY;
    try {
      for await (const event of events) {
        answered = true;
        begun.resolve();
        const news = newsOf(event);
        if (news.type === "step" || (news.type === "decoding" && news.done < news.total)) {
          if (performance.now() - told < NUMBER_EVERY) continue;
          told = performance.now();
        }
        // The last word is said when the run is no longer held.
        if (news.type === "stopped" || news.type === "finished") last = news;
        else await onNews(name, news);
      }
    } catch (thrown) {
      if (!(thrown instanceof DeblendError)) onProblem(thrown);
      // Whoever asked for the training is still waiting, or else everybody who listens is told.
      if (!answered) begun.reject(thrown);
      else {
        failures.set(name, messageOf(thrown));
        last = { type: "failed", reason: messageOf(thrown) };
      }
    } finally {
      trainings.delete(name);
      if (last !== undefined) await onNews(name, last).catch(onProblem);
    }
  };

  return {
    held: (name) => {
      const training = trainings.get(name);
      return {
        here: training !== undefined,
        stopping: training?.stop.signal.aborted ?? false,
        failure: training === undefined ? failures.get(name) : undefined,
      };
    },
    train: async (name, config, place) => {
      if (closing) throw new Refused(409, "The server is stopping.");
      if (trainings.has(name)) throw new Refused(409, `The run ${name} is being trained already.`);
      if (trainings.size >= MOST_AT_ONCE) {
        throw new Refused(
          409,
          `${MOST_AT_ONCE} runs are being trained, which is the most at once: stop one of them first.`,
        );
      }
      const stop = new AbortController();
      const events = trainApart(config as Partial<RunConfigInput>, {
        ...{ out: place.folder, resume: place.resume, dataBelow: place.dataBelow, signal: stop.signal },
      });
      await new Promise<void>((resolve, reject) => {
        failures.delete(name);
        trainings.set(name, { stop, ended: follow(name, events, { resolve, reject }) });
      });
    },
    stop: (name) => {
      const training = trainings.get(name);
      if (training === undefined) {
        throw new Refused(
          409,
          `The run ${name} is not trained by this server: stop it where it was started.`,
        );
      }
      training.stop.abort();
    },
    training: () => trainings.size,
    close: async () => {
      closing = true;
      const all = [...trainings.values()];
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

/** A run's event without what is only for this machine: its paths. */
function newsOf(event: RunEvent): TrainingNews {
  switch (event.type) {
    case "data":
      return { type: "data", images: event.images, skipped: event.skipped.length, notes: event.notes };
    case "started":
      return { type: "started", step: event.step, steps: event.steps, device: event.device };
    case "samples":
    case "checkpoint":
    case "stopped":
    case "finished":
      return { type: event.type, step: event.step };
    case "progress": {
      const { steps, ...line } = event;
      return line;
    }
    default:
      return event;
  }
}
