/**
 * How fast a network trains and predicts here: what `deblend bench` does, as a library call that returns numbers.
 *
 * The step is the one that `train` runs (blend, network, loss, gradients, clipping, Adam, average), on made-up images.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Batch, sizeOf } from "../batch.ts";
import type { TrainingBatch } from "../data/index.ts";
import { DeblendError, messageOf } from "../errors.ts";
import {
  countParameters,
  initialise,
  type PresetName,
  parseUNetConfig,
  presetConfig,
  presets,
  sampleSize,
  type UNet,
  type UNetConfig,
  unet,
} from "../networks/index.ts";
import { generic } from "../onnx/index.ts";
import { optimisers } from "../optimisers/index.ts";
import { fillNormal, fillUniform } from "../random/index.ts";
import type { Device } from "../runtime/index.ts";
import { type NodeDeviceName, openDevice } from "../runtime/node.ts";
import { createDeblender } from "../training/deblender.ts";
import { layoutOf } from "../training/layout.ts";
import { createTrainingStep, freshState } from "../training/step.ts";
import { fileError } from "./files.ts";
import { type ProfileRow, profiled } from "./profile.ts";

export interface BenchOptions {
  /** Images in a batch. */
  readonly batch: number;
  /** Height and width; by default as the network says, or 32. */
  readonly size?: readonly [number, number] | undefined;
  readonly device?: NodeDeviceName;
  readonly threads?: number | undefined;
  /** Timed runs of each kind, 5 by default; the medians are reported. */
  readonly repeats?: number;
  /** Runs of each kind before the timed ones, 2 by default: the first ones allocate memory. */
  readonly warmup?: number;
  /** `plain` computes in row-major order even where the CPU offers its blocked layout, to compare the two. */
  readonly layout?: Layout;
  /** Also measures what each operation of a training step takes, in steps of their own. */
  readonly profile?: boolean;
}

export const layouts = ["best", "plain"] as const;
/** The layout that the device is fastest in, or the one that runs everywhere. */
export type Layout = (typeof layouts)[number];

export interface BenchReport {
  /** One training step: median, in milliseconds. */
  readonly trainStepMs: number;
  /** One evaluation for sampling, with constant weights and one alpha for the batch: median, in milliseconds. */
  readonly forwardMs: number;
  /** The most memory that the process had by the end of the training steps, in MiB. */
  readonly peakRssMb: number;
  /** Images trained on in a second. */
  readonly imagesPerSecond: number;
  /** From the expression to a training step that is ready to run, in milliseconds. */
  readonly compileMs: number;
  /** Nodes of the training step's graph. */
  readonly nodes: number;
  readonly parameters: number;
  readonly batch: number;
  /** Of one image, [channels, height, width]. */
  readonly shape: readonly [number, number, number];
  /** Where it was computed, in words. */
  readonly device: string;
  /** Which layout the convolutions are computed in. */
  readonly layout: string;
  readonly repeats: number;
  /** What a training step's time goes into, largest first, where that was asked for. */
  readonly profile?: readonly ProfileRow[];
}

const SIZE = 32;
/** The recipe does not change the time, as long as everything is in the graph. */
const RECIPE = { learningRate: 1e-4, emaDecay: 0.999 };

/**
 * Times training steps and forward passes of a network with fresh weights.
 *
 * @param model a diffusers config.json or the name of a preset
 * @throws DeblendError for a network, a size or a device that cannot be used
 */
export async function benchmarkModel(model: string, options: BenchOptions): Promise<BenchReport> {
  const { batch, device: name = "cpu", threads, repeats = 5, warmup = 2 } = options;
  const network = unet(await readNetwork(model, options.size));
  const shape = [network.config.out_channels, ...(sampleSize(network.config) ?? [SIZE, SIZE])] as const;
  const opened = await openDevice(name, threads === undefined ? {} : { threads });
  const device = options.layout === "plain" ? inPlainLayout(opened) : opened;
  const plan = { device, network, batch, shape, repeats, warmup };
  const training = await timeTraining(plan);
  // Taken before the forward pass, which would add a second copy of the weights that training does not have.
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  const forwardMs = await timeForward(plan);
  return {
    trainStepMs: training.stepMs,
    forwardMs,
    peakRssMb,
    imagesPerSecond: (1000 * batch) / training.stepMs,
    compileMs: training.compileMs,
    nodes: training.nodes,
    parameters: countParameters(network),
    ...{ batch, shape, device: device.description, repeats },
    layout: layoutOf(device.target, network),
    ...(options.profile && { profile: await profileTraining(plan) }),
  };
}

const inPlainLayout = (device: Device): Device => ({
  ...device,
  target: generic,
  description: `${device.description}, used in the plain layout`,
});

/** Steps under the runtime's profiler, which costs a little by itself: apart from the timed ones. */
function profileTraining({ device, repeats, warmup, ...plan }: Plan): Promise<readonly ProfileRow[]> {
  return profiled(device, warmup + repeats, async (watched) => {
    await timeTraining({ ...plan, device: watched, repeats, warmup });
  });
}

interface Plan {
  readonly device: Device;
  readonly network: UNet;
  readonly batch: number;
  readonly shape: readonly [number, number, number];
  readonly repeats: number;
  readonly warmup: number;
}

async function timeTraining(plan: Plan) {
  const { batch, shape } = plan;
  const { step, compileMs } = await compileStep(plan);
  const made = madeUpBatch(batch, shape);
  let number = 0;
  try {
    const stepMs = await medianMs(plan, async () => {
      number += 1;
      await step.run([made], { ...RECIPE, step: number });
    });
    return { stepMs, compileMs, nodes: step.nodeCount };
  } finally {
    await step.dispose();
  }
}

async function compileStep({ device, network, batch, shape }: Plan) {
  const began = performance.now();
  const step = await createTrainingStep(device, network, {
    ...{ batch, event: shape, initial: freshState(network, 0) },
    ...{ optimiser: optimisers.adam(), clip: 1, reduction: "mean", accumulate: 1 },
  });
  return { step, compileMs: performance.now() - began };
}

async function timeForward({ device, network, batch, shape, repeats, warmup }: Plan): Promise<number> {
  const deblender = createDeblender(device, network, initialise(network, 0));
  const x: Batch = { data: madeUpBatch(batch, shape).x0, shape: [batch, ...shape] };
  try {
    // The graph is compiled at the first call; at least one call therefore comes before the timed ones.
    return await medianMs({ repeats, warmup: Math.max(1, warmup) }, () => deblender.deblend(x, 0.5));
  } finally {
    await deblender.dispose();
  }
}

/** The median time of an action, in milliseconds. */
async function medianMs(
  { repeats, warmup }: Pick<Plan, "repeats" | "warmup">,
  action: () => Promise<unknown>,
): Promise<number> {
  const times: number[] = [];
  for (let i = -warmup; i < repeats; i++) {
    const began = performance.now();
    await action();
    if (i >= 0) times.push(performance.now() - began);
  }
  return median(times);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Noise in the place of images: the time does not depend on what they show. */
function madeUpBatch(batch: number, shape: readonly number[]): TrainingBatch {
  const [x0, x1] = [new Float32Array(batch * sizeOf(shape)), new Float32Array(batch * sizeOf(shape))];
  fillNormal(x0, { seed: 0, purpose: "noise", index: 0 });
  fillNormal(x1, { seed: 0, purpose: "noise", index: 1 });
  const alpha = new Float32Array(batch);
  fillUniform(alpha, { seed: 0, purpose: "alpha" });
  return { x0, x1, alpha };
}

/** The configuration of a file or a preset, at a size. */
async function readNetwork(model: string, size: readonly [number, number] | undefined): Promise<UNetConfig> {
  if (Object.hasOwn(presets, model)) {
    const name = model as PresetName;
    const side = presets[name].config.sample_size;
    return presetConfig(name, { size: size ?? [side, side], channels: 3 });
  }
  if (!model.endsWith(".json") && !existsSync(model)) {
    throw new DeblendError(
      `The network ${model} is unknown: give ${Object.keys(presets).join(", ")} or a diffusers config.json.`,
    );
  }
  const text = await readFile(model, "utf8").catch((thrown: unknown) => {
    throw fileError("read the network's configuration", model, thrown);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new DeblendError(`The network's configuration ${model} could not be read: ${messageOf(thrown)}.`);
  }
  const config = parseUNetConfig(value, model);
  if (config.in_channels !== config.out_channels) {
    throw new DeblendError(
      `${model} takes ${config.in_channels} channels and gives ${config.out_channels}, so it needs a condition: give a network that takes as many as it gives.`,
    );
  }
  const sides = size ?? sampleSize(config) ?? [SIZE, SIZE];
  // Checked again, because not every size fits the levels.
  return parseUNetConfig({ ...config, sample_size: [...sides] }, `${model} at ${sides.join("x")}`);
}
