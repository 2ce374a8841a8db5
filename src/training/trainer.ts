/**
 * Algorithm 3 as a stream of events: repeat { draw pairs and alphas, blend, step on || D(x_alpha, alpha) - (x1 - x0) ||^2 }.
 *
 * The trainer prints nothing and writes nothing; whoever reads the events does. The next step begins when the reader asks
 * for the next event. Update s (from 1) uses the batches (s - 1) accumulate to s accumulate - 1 of the run, so that a run
 * that goes on from a checkpoint is, bit for bit, the run that never stopped.
 */
import type { TrainingBatch } from "../data/trainingBatch.ts";
import { DeblendError } from "../errors.ts";
import { countParameters, type UNet, type Weights } from "../networks/index.ts";
import { emaDecayAt, learningRateAt, type Optimiser, optimisers } from "../optimisers/index.ts";
import type { Device } from "../runtime/index.ts";
import { eventShape, type RunConfig, shapesOfRun, taskOf } from "./config.ts";
import { createDeblender } from "./deblender.ts";
import type { TrainingEvent } from "./events.ts";
import type { Given } from "./guidance.ts";
import { layoutOf } from "./layout.ts";
import { sample } from "./sample.ts";
import { createTrainingStep, freshState, givenState, type TrainingState, type TrainingStep } from "./step.ts";
import type { Kind } from "./stepGraphs.ts";

/** Where batches come from; batch k is a pure function of the run's configuration and k. */
export interface BatchSource {
  /** Batch k, from 0; asked for in ascending order. */
  next(k: number): Promise<TrainingBatch>;
  /** Takes the arrays back when the step is done with them. */
  recycle?(batch: TrainingBatch): void;
}

export interface TrainOptions {
  readonly device: Device;
  readonly network: UNet;
  readonly config: RunConfig;
  readonly batches: BatchSource;
  /** Where to go on: steps that are done, the state after them, and the seconds they took. */
  readonly from?: { readonly step: number; readonly state: TrainingState; readonly seconds?: number };
  /** What the sample grids are drawn for, where the network is shown more than noise; one an image. */
  readonly examples?: Given | undefined;
  /** Ends the run after the step at hand, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** Images computed together when the trainer draws samples. */
const SAMPLE_BATCH = 16;

/** The optimiser that a configuration asks for. */
export function configuredOptimiser(
  config: Pick<RunConfig, "optimiser" | "beta1" | "beta2" | "epsilon" | "weightDecay">,
): Optimiser {
  const { optimiser, beta1, beta2, epsilon, weightDecay } = config;
  return optimisers[optimiser]({ betas: [beta1, beta2], epsilon, weightDecay });
}

/**
 * Trains to the end of the run or until the signal says stop.
 *
 * @throws DeblendError when the loss or the gradient is no longer a finite number, or the weights have left all bounds
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, void> {
  const { device, network, config, from } = options;
  const { steps, accumulate } = config;
  const step = await createTrainingStep(device, network, {
    batch: config.batch,
    event: eventShape(config),
    condition: shapesOfRun(config).condition,
    isLabelled: taskOf(config).isLabelled,
    optimiser: configuredOptimiser(config),
    clip: config.clip,
    reduction: config.loss,
    accumulate,
    initial: from ? givenState(from.state) : freshState(network, config.seed),
  });
  try {
    yield {
      type: "started",
      step: from?.step ?? 0,
      steps,
      parameters: countParameters(network),
      device: device.description,
      layout: layoutOf(device.target, network),
    };
    yield* steppedThrough(step, options);
  } finally {
    await step.dispose();
  }
}

async function* steppedThrough(
  step: TrainingStep,
  { device, network, config, batches, from, examples, signal }: TrainOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  const { steps, accumulate, batch, logEvery, sampleEvery, checkpointEvery } = config;
  const began = performance.now() - 1000 * (from?.seconds ?? 0);
  const seconds = () => (performance.now() - began) / 1000;
  // What has gathered since the last progress event.
  let gathered = { losses: 0, steps: 0, seconds: 0 };
  let meanLoss = Number.NaN;
  let latest = { learningRate: 0, gradientNorm: Number.NaN };
  let saved = from?.step ?? 0;

  const progress = (done: number): TrainingEvent => {
    meanLoss = gathered.losses / gathered.steps;
    const imagesPerSecond = (gathered.steps * accumulate * batch) / gathered.seconds;
    gathered = { losses: 0, steps: 0, seconds: 0 };
    return {
      ...{ type: "progress", step: done, steps, loss: meanLoss, imagesPerSecond },
      ...latest,
      seconds: seconds(),
    };
  };
  const checkpoint = (done: number, state: TrainingState): TrainingEvent => {
    saved = done;
    return { type: "checkpoint", step: done, state };
  };
  const readState = async (done: number): Promise<TrainingState> => {
    const state = await step.readState();
    refuseRuined(done, state, config);
    return state;
  };

  for (let done = from?.step ?? 0; ; ) {
    const stopping = signal?.aborted === true && done < steps;
    // Asked to stop while the reader was busy with the step's events, samples for instance: it is saved all the same.
    if (stopping && done > saved) {
      if (gathered.steps > 0) yield progress(done);
      yield checkpoint(done, await readState(done));
    }
    if (stopping || done >= steps) {
      yield stopping
        ? { type: "stopped", step: done, steps }
        : { type: "finished", step: done, steps, loss: meanLoss, seconds: seconds() };
      return;
    }

    const update = done + 1;
    const start = performance.now();
    const drawn: TrainingBatch[] = [];
    for (let micro = 0; micro < accumulate; micro++)
      drawn.push(await batches.next(done * accumulate + micro));
    const learningRate = learningRateAt(update, config);
    const decay = config.emaWarmup ? emaDecayAt(update, config.ema) : config.ema;
    const { loss, gradientNorm } = await step.run(drawn, { learningRate, emaDecay: decay, step: update });
    for (const batch of drawn) batches.recycle?.(batch);
    done = update;
    refuseNonFinite(done, { loss, gradientNorm }, config);
    latest = { learningRate, gradientNorm };
    gathered = {
      losses: gathered.losses + loss,
      steps: gathered.steps + 1,
      seconds: gathered.seconds + (performance.now() - start) / 1000,
    };
    yield { type: "step", step: done, steps, loss };

    const last = done === steps || signal?.aborted === true;
    const keep = last || (checkpointEvery > 0 && done % checkpointEvery === 0);
    // Logged before every checkpoint too, so that the means of a run that goes on are over the same steps.
    if (keep || done % logEvery === 0) yield progress(done);
    const draw = sampleEvery > 0 && (done === steps || done % sampleEvery === 0);
    if (!keep && !draw) continue;
    const state = await readState(done);
    // The checkpoint comes first: it is what must not be lost.
    if (keep) yield checkpoint(done, state);
    if (draw) {
      yield {
        type: "samples",
        step: done,
        batch: await drawSamples(device, network, config, state.ema, examples),
      };
    }
  }
}

function refuseNonFinite(
  step: number,
  { loss, gradientNorm }: { readonly loss: number; readonly gradientNorm: number },
  config: RunConfig,
): void {
  if (!Number.isFinite(loss)) throw diverged(step, `the loss became ${loss}`, config);
  if (!Number.isFinite(gradientNorm))
    throw diverged(step, `the gradient's norm became ${gradientNorm}`, config);
}

/** Weights beyond this have no square in float32, and a network of them no output. */
const LARGEST_WEIGHT = 2 ** 63;

/**
 * Loss and gradient are those of the weights before the update. Those after it are looked at before they are saved: they
 * would push out checkpoints that are good.
 */
function refuseRuined(step: number, state: TrainingState, config: RunConfig): void {
  for (const [kind, parameters] of Object.entries(state) as [Kind, Weights][]) {
    const isWeight = kind === "weights" || kind === "ema";
    const largest = isWeight ? LARGEST_WEIGHT : Number.MAX_VALUE;
    for (const [name, values] of parameters) {
      for (const value of values) {
        if (Math.abs(value) <= largest) continue;
        const what = isWeight ? "a weight" : "a moment";
        throw diverged(step, `${what} became ${value.toPrecision(3)} (${name})`, config);
      }
    }
  }
}

function diverged(step: number, what: string, { learningRate, clip }: RunConfig): DeblendError {
  const advice = clip > 0 ? "" : " or clip the gradient";
  return new DeblendError(
    `Training stopped at step ${step} because ${what}: lower the learning rate (${learningRate})${advice}; checkpoints saved before are unharmed.`,
  );
}

async function drawSamples(
  device: Device,
  network: UNet,
  config: RunConfig,
  weights: Weights,
  given?: Given,
) {
  const count = given?.condition?.shape[0] ?? given?.label?.length ?? config.sampleCount;
  const trained = createDeblender(device, network, weights);
  try {
    return await sample(trained.deblend, {
      event: eventShape(config),
      count,
      given,
      batch: Math.min(SAMPLE_BATCH, count),
      seed: config.seed,
      steps: config.sampleSteps,
    });
  } finally {
    await trained.dispose();
  }
}
