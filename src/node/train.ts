/**
 * A run on the disk, trained in a worker thread: what `deblend train` does, as a library call.
 */
import { Worker } from "node:worker_threads";
import { DeblendError } from "../errors.ts";
import { ConfigError, parseRunConfig, type RunConfig, type RunConfigInput } from "../training/config.ts";
import type { RunEvent } from "./events.ts";
import { openInbox } from "./inbox.ts";
import { createRun, discardRun, readRunConfig, writeConfig } from "./run.ts";
import { claimRun } from "./runClaim.ts";
import { mostThreads } from "./threads.ts";
import type { TrainMessage, TrainRequest, TrainWorkerData } from "./trainWorker.ts";

export interface TrainRunOptions {
  /** Folder of the run. */
  readonly out: string;
  /** Goes on with the run in `out` from its last checkpoint, bit for bit; the configuration may then be empty. */
  readonly resume?: boolean;
  /** A real path that no data outside of is read, links neither; the configuration's paths are the caller's to check. */
  readonly dataBelow?: string | undefined;
  /** Stops the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** Options that may differ from the run's own when it goes on; the others decide what is learnt. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  ...["data", "steps", "device", "threads", "logEvery"],
  ...["sampleEvery", "sampleCount", "sampleSteps", "checkpointEvery", "keepCheckpoints"],
]);

/**
 * Trains, and tells about it; leaving the loop over the events ends the thread.
 *
 * @throws DeblendError for a configuration, data or a folder that cannot be used, a run that is being trained already, and
 *   where the loss leaves all bounds
 */
export async function* trainRun(
  config: Partial<RunConfigInput>,
  { out, resume = false, dataBelow, signal }: TrainRunOptions,
): AsyncGenerator<RunEvent, void, void> {
  const resolved = await resolvedConfig(config, { out, resume });
  if (!resume) await createRun(out, resolved);
  const claim = await claimRun(out);
  let begun = resume;
  let failed = false;
  try {
    if (resume && Object.keys(config).length > 0) await writeConfig(out, resolved);
    for await (const event of workerEvents({ config: resolved, out, resume, dataBelow }, signal)) {
      begun ||= event.type === "started";
      yield event;
    }
  } catch (thrown) {
    failed = true;
    throw thrown;
  } finally {
    await claim.release();
    // Bad data should not leave a run behind that is in the way of the next try.
    if (failed && !begun) await discardRun(out);
  }
}

/**
 * The whole configuration of a run that is to be trained here.
 *
 * @throws DeblendError for one that cannot be used
 */
export async function resolvedConfig(
  config: Partial<RunConfigInput>,
  { out, resume = false }: Pick<TrainRunOptions, "out" | "resume">,
): Promise<RunConfig> {
  const resolved = resume ? await resumedConfig(out, config) : parseRunConfig(config);
  checkThreads(resolved);
  return resolved;
}

function checkThreads({ threads }: RunConfig): void {
  const most = mostThreads();
  if (threads <= most) return;
  const reason = `this machine can use at most ${most}, but got ${threads}; 0 is one a core`;
  throw new ConfigError("The run's configuration", "threads", reason);
}

/** The configuration of the run in `out`, with the changes that are allowed. */
async function resumedConfig(out: string, changes: Partial<RunConfigInput>): Promise<RunConfig> {
  const before = await readRunConfig(out);
  const after = parseRunConfig({ ...before, ...changes });
  for (const key of Object.keys(after) as (keyof RunConfig)[]) {
    const [was, is] = [JSON.stringify(before[key]), JSON.stringify(after[key])];
    if (was !== is && !CHANGEABLE.has(key)) {
      const said = key === "model" ? "the run has another network" : `the run has ${was}, not ${is}`;
      throw new ConfigError("The run's configuration", key, `${said}; resume without it, or start a new run`);
    }
  }
  return after;
}

/** Starts the worker and passes its messages on as they come. */
async function* workerEvents(
  data: TrainWorkerData,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, void, void> {
  const worker = new Worker(new URL("./trainWorker.js", import.meta.url), { workerData: data });
  const inbox = openInbox<TrainMessage>();
  const broken = (error: Error) =>
    inbox.push({ error: { message: error.message, stack: error.stack, expected: false } });
  worker.on("message", inbox.push);
  worker.on("error", broken);
  worker.on("exit", (code) => broken(new Error(`The training thread ended with code ${code}.`)));
  const stop = () => worker.postMessage("stop" satisfies TrainRequest);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    for (;;) {
      const message = await inbox.take();
      if ("event" in message) yield message.event;
      else if ("done" in message) return;
      else throw asError(message.error);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function asError({ message, stack, expected }: Extract<TrainMessage, { error: unknown }>["error"]): Error {
  if (expected) return new DeblendError(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
