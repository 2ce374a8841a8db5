/**
 * All runs, watched: looks at their folders every second while somebody listens, and tells what changed.
 *
 * What is on the disk is the one truth, whoever trains: runs of this server are looked at as soon as their training tells
 * something, the others at the next turn.
 */
import type { RunSummary, StudioMessage } from "../../studioApi/index.ts";
import type { RunFolders } from "./runFolders.ts";
import { openRunOnDisk, type RunOnDisk } from "./runOnDisk.ts";

/** What only this server knows about a run. */
export type Held = Pick<RunSummary, "here" | "stopping" | "failure">;

export interface RunWatch {
  /** All runs, looked at now. */
  summaries(): Promise<readonly RunSummary[]>;
  /**
   * One run, looked at now; whoever listens is told what changed.
   *
   * @throws Refused (404) if there is no such run
   */
  look(name: string): Promise<RunSummary>;
  /** Tells whoever listens. */
  tell(message: StudioMessage): void;
  /** Calls `listener` with every message, the first being all runs as they are; returns what ends it. */
  listen(listener: (message: StudioMessage) => void): Promise<() => void>;
  close(): void;
}

const LOOK_EVERY = 1000;

/** @param held what this server knows about the run of a name */
export function watchRuns(folders: RunFolders, held: (name: string) => Held): RunWatch {
  const known = new Map<string, { readonly disk: RunOnDisk; told: string; summary?: RunSummary }>();
  const listeners = new Set<(message: StudioMessage) => void>();
  const tell = (message: StudioMessage) => {
    for (const listener of listeners) listener(message);
  };

  const lookNow = async (name: string): Promise<RunSummary> => {
    const folder = await folders.find(name);
    let run = known.get(name);
    if (run === undefined) {
      run = { disk: await openRunOnDisk(folder), told: "" };
      known.set(name, run);
    }
    const { summary: onDisk, news } = await run.disk.look();
    const { here, stopping, failure } = held(name);
    const state = here ? "running" : failure === undefined ? onDisk.state : "failed";
    const summary = { name, ...onDisk, here, stopping, state, failure: failure ?? onDisk.failure } as const;
    run.summary = summary;
    for (const one of news) tell({ type: "news", name, news: one });
    const text = JSON.stringify(summary);
    if (text !== run.told) tell({ type: "run", run: summary });
    run.told = text;
    return summary;
  };

  const lookAtAll = async (): Promise<readonly RunSummary[]> => {
    const names = await folders.names();
    for (const name of known.keys()) {
      if (names.includes(name)) continue;
      known.delete(name);
      tell({ type: "gone", name });
    }
    const found: RunSummary[] = [];
    for (const name of names) {
      // A folder may vanish between the two looks.
      const summary = await lookNow(name).catch(() => undefined);
      if (summary !== undefined) found.push(summary);
    }
    return found;
  };

  // One look after the other: two at once would tell the same news twice.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };

  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    if (timer !== undefined || listeners.size === 0) return;
    timer = setTimeout(async () => {
      // The folder of all runs may be out of reach for a moment (a network disk): then at the next turn.
      await inTurn(lookAtAll).catch(() => undefined);
      timer = undefined;
      schedule();
    }, LOOK_EVERY);
  };

  return {
    summaries: () => inTurn(lookAtAll),
    look: (name) => inTurn(() => lookNow(name)),
    tell,
    listen: (listener) =>
      inTurn(async () => {
        const runs = await lookAtAll();
        listener({ type: "runs", runs });
        listeners.add(listener);
        schedule();
        return () => {
          listeners.delete(listener);
        };
      }),
    close: () => {
      listeners.clear();
      clearTimeout(timer);
    },
  };
}
