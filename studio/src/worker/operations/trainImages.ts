/**
 * Trains a network on images with the library's own trainer. What it has learnt stays in the worker: training goes on from
 * there, and `exportTrained` makes files of it.
 */
import {
  type BatchSource,
  type BrowserDeviceName,
  batchMaker,
  channelCount,
  createCatDataset,
  DeblendError,
  emptyBatch,
  type ImageDataset,
  parseRunConfig,
  type RunConfig,
  type RunConfigInput,
  type TrainingBatch,
  type TrainingState,
  train,
  type UNet,
  unet,
} from "../../../../src/index.ts";
import { type Pixels, pixelsOf } from "../../images/pixels.ts";
import type { Operation, OperationContext } from "../operation.ts";
import { moved } from "../transfer.ts";
import { nextTurn } from "../turn.ts";
import { deviceFor } from "./device.ts";
import { readPictures, type Skipped } from "./pictures.ts";

export interface TrainImagesRequest {
  readonly device: BrowserDeviceName;
  /** As for `deblend train`; `data` is said by `files`. */
  readonly config: Omit<RunConfigInput, "data">;
  /** Pictures to train on; none for the built-in cats. */
  readonly files: readonly File[];
  /** Goes on with what was trained last, to `config.steps`; everything else stays as it was. */
  readonly goOn: boolean;
}

export type TrainImagesEvent =
  | { readonly type: "reading"; readonly done: number; readonly total: number }
  | { readonly type: "data"; readonly images: number; readonly skipped: readonly Skipped[] }
  | { readonly type: "started"; readonly step: number; readonly parameters: number; readonly device: string }
  /** Of the steps `step` - losses.length + 1 to `step`. */
  | { readonly type: "losses"; readonly step: number; readonly losses: readonly number[] }
  /** Without the time for samples. */
  | { readonly type: "speed"; readonly stepsPerSecond: number }
  | { readonly type: "samples"; readonly step: number; readonly pixels: Pixels };

export interface TrainedImages {
  readonly step: number;
  readonly steps: number;
}

/** What was trained last. */
interface Training {
  readonly config: RunConfig;
  readonly network: UNet;
  readonly dataset: ImageDataset;
  step: number;
  seconds: number;
  state?: TrainingState;
}
let training: Training | undefined;
let stopping = new AbortController();

/** Ends the training after the step at hand; what it has learnt is kept. */
export const stopTraining = () => stopping.abort();

/** @throws DeblendError where nothing has been trained yet */
export function lastTrained(): {
  readonly network: UNet;
  readonly config: RunConfig;
  readonly state: TrainingState;
} {
  if (training?.state === undefined)
    throw new DeblendError("There is no trained network yet: train one first.");
  const { network, config, state } = training;
  return { network, config, state };
}

type Context = OperationContext<TrainImagesEvent>;
const LOSSES_MS = 100;

export const run: Operation<TrainImagesRequest, TrainImagesEvent, TrainedImages> = async (
  request,
  context,
) => {
  const { emit, breathe, signal } = context;
  stopping = new AbortController();
  const device = await deviceFor(request.device);
  const current = request.goOn ? continued(request.config.steps) : await begun(request, context);
  training = current;
  const { config, network, dataset, state, step, seconds } = current;
  const events = train({
    ...{ device, network, config, batches: batchesOf(dataset, config) },
    ...(state && { from: { step, state, seconds } }),
    signal: AbortSignal.any([signal, stopping.signal]),
  });
  let losses: number[] = [];
  let told = performance.now();
  const tell = () => {
    if (losses.length > 0) emit({ type: "losses", step: current.step, losses });
    losses = [];
    told = performance.now();
  };
  for await (const event of events) {
    switch (event.type) {
      case "started":
        emit({ type: "started", step: event.step, parameters: event.parameters, device: event.device });
        break;
      case "step":
        current.step = event.step;
        losses.push(event.loss);
        if (performance.now() - told > LOSSES_MS) tell();
        break;
      case "progress":
        current.seconds = event.seconds;
        emit({ type: "speed", stepsPerSecond: event.imagesPerSecond / (config.batch * config.accumulate) });
        break;
      case "checkpoint":
        current.state = event.state;
        break;
      case "samples": {
        tell();
        const pixels = pixelsOf(event.batch);
        emit(moved({ type: "samples" as const, step: event.step, pixels }, [pixels.data]));
        break;
      }
      case "stopped":
      case "finished":
        tell();
    }
    await breathe();
  }
  return { step: current.step, steps: config.steps };
};

/** A new training. */
async function begun(
  { config: given, files }: TrainImagesRequest,
  { emit, breathe }: Context,
): Promise<Training> {
  const data = files.length === 0 ? "builtin:cats" : "pictures";
  const config = parseRunConfig({ ...given, data }, "These settings");
  const side = typeof config.size === "number" ? config.size : config.size[0];
  const { dataset, skipped } =
    files.length === 0
      ? { dataset: createCatDataset({ size: side, seed: config.seed }), skipped: [] }
      : await readPictures(files, side, channelCount(config), async (done) => {
          emit({ type: "reading", done, total: files.length });
          await breathe();
        });
  emit({ type: "data", images: dataset.length, skipped });
  return { config, network: unet(config.model), dataset, step: 0, seconds: 0 };
}

function continued(steps: number | undefined): Training {
  const { config } = lastTrained();
  return {
    ...(training as Training),
    config: parseRunConfig({ ...config, steps: steps ?? config.steps }, "These settings"),
  };
}

/**
 * Batch k is a pure function of the configuration and k; arrays go round.
 *
 * While a step is computed elsewhere (on the GPU), this thread makes the next batch. A step that keeps the thread busy (on
 * wasm) leaves no time for that: then a batch is made when it is asked for.
 */
export function batchesOf(
  dataset: ImageDataset,
  config: Pick<RunConfig, "seed" | "batch" | "flip">,
): BatchSource {
  const fill = batchMaker(dataset, config);
  const free: TrainingBatch[] = [];
  /** The newest batch that was asked for. */
  let asked = -1;
  let ready: { readonly k: number; readonly batch: TrainingBatch } | undefined;
  const made = (k: number) => {
    const batch = free.pop() ?? emptyBatch(dataset.shape, config.batch);
    fill(k, batch);
    return batch;
  };
  const makeAhead = async (k: number) => {
    await nextTurn();
    if (asked === k - 1) ready = { k, batch: made(k) };
  };
  return {
    next: async (k) => {
      const batch = ready?.k === k ? ready.batch : made(k);
      ready = undefined;
      asked = k;
      // What cannot be made fails once more when it is asked for, and is told then.
      makeAhead(k + 1).catch(() => undefined);
      return batch;
    },
    recycle: (batch) => free.push(batch),
  };
}
