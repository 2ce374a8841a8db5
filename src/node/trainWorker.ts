/**
 * The thread that trains: computing a step blocks the thread it runs on, so the main one stays free for its person.
 */
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { DeblendError } from "../errors.ts";
import { unet } from "../networks/index.ts";
import { openDevice } from "../runtime/node.ts";
import { type RunConfig, withClasses } from "../training/config.ts";
import { train } from "../training/trainer.ts";
import { loadLastCheckpoint, setAside } from "./checkpoints.ts";
import type { RunEvent } from "./events.ts";
import { openData } from "./openData.ts";
import { recordRun, truncateMetrics, writeConfig } from "./run.ts";
import { sampleGridOf } from "./sampleGrid.ts";
import { openTrainingBatches } from "./trainingData.ts";

export interface TrainWorkerData {
  readonly config: RunConfig;
  /** The run's folder, made already. */
  readonly out: string;
  readonly resume: boolean;
  /** A real path that no data outside of is read. */
  readonly dataBelow?: string | undefined;
}

/** From this thread: events, or why there are no more. */
export type TrainMessage =
  | { readonly event: RunEvent }
  | {
      readonly error: {
        readonly message: string;
        readonly stack?: string | undefined;
        readonly expected: boolean;
      };
    }
  | { readonly done: true };

/** To this thread. */
export type TrainRequest = "stop";

/** Milliseconds between two step events that are told; a person needs no more of them. */
const STEP_EVERY = 100;

if (parentPort === null) throw new Error("This file is a worker thread of train.ts.");
const port = parentPort;
const tell = (message: TrainMessage) => port.postMessage(message);
const stop = new AbortController();
port.on("message", (request: TrainRequest) => {
  if (request === "stop") stop.abort();
});

async function run({ config: asked, out, resume, dataBelow }: TrainWorkerData): Promise<void> {
  const dataset = await openData(asked, {
    below: dataBelow,
    onProgress: (done, total) => tell({ event: { type: "decoding", done, total } }),
    signal: stop.signal,
  });
  const config = withClasses(asked, dataset.classes);
  // What the data told is part of the run, as the options are.
  if (config !== asked) await writeConfig(out, config);
  tell({ event: { type: "data", images: dataset.length, ...dataset.report } });
  const grid = sampleGridOf(config, dataset);
  dataset.close();
  const network = unet(config.model);
  const from = resume ? await loadLastCheckpoint(out, network) : undefined;
  for (const { folder, reason } of from?.damaged ?? []) {
    const aside = await setAside(folder);
    const message = `${reason} It is set aside as ${aside}; the run goes on from step ${from?.step}.`;
    tell({ event: { type: "note", message } });
  }
  if (resume) await truncateMetrics(out, from?.step ?? 0);
  const device = await openDevice(config.device, config.threads > 0 ? { threads: config.threads } : {});
  const data = openTrainingBatches(config, dataset, (from?.step ?? 0) * config.accumulate);
  try {
    const events = train({
      device,
      network,
      config,
      batches: data.batches,
      examples: grid.given,
      ...(from && { from }),
      signal: stop.signal,
    });
    let told = Number.NEGATIVE_INFINITY;
    for await (const event of recordRun(events, { folder: out, config, network, grid })) {
      const isStep = event.type === "step";
      if (!isStep || performance.now() - told > STEP_EVERY) {
        if (isStep) told = performance.now();
        tell({ event });
      }
      // Lets a request to stop come in.
      await setImmediate();
    }
  } finally {
    await data.close();
  }
}

try {
  await run(workerData as TrainWorkerData);
  tell({ done: true });
} catch (thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  tell({ error: { message: error.message, stack: error.stack, expected: error instanceof DeblendError } });
} finally {
  port.close();
}
