/**
 * Batch k of a run, a pure function of the dataset, the seed and k: Algorithm 3's draws of x0, x1 and alpha.
 *
 * Sample i of batch k is draw g = k * batch + i of the run. Its picture is number g modulo the dataset's length in the
 * random order of its epoch (every picture once before any comes again), mirrored or not with equal chance; its noise, its
 * alpha ~ U[0, 1], its condition and whether that is dropped are the streams of g. So a run can start at any k, and
 * nothing depends on who prepares it.
 */
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { fillNormal, fillUniform, permutation } from "../random/index.ts";
import type { ImageDataset } from "./dataset.ts";
import { type ExampleShapes, exampleShapes, writeExample } from "./examples.ts";
import { datasetPart } from "./heldOut.ts";
import { parseTask } from "./tasks/index.ts";
import type { TrainingBatch } from "./trainingBatch.ts";

/** What the network is trained to do with the pictures. */
export interface TaskOptions {
  /** As on the command line; `unconditional` by default. */
  readonly task?: string;
  /** Channels of the targets, where the pictures of a paired set hold more; all channels by default. */
  readonly targetChannels?: number;
}

/** How the pictures become batches. */
export interface BatchOptions extends TaskOptions {
  /** Of the run, a whole number from 0 to 2^52 - 1. */
  readonly seed: number;
  /** How many samples a batch holds, at least 1. */
  readonly batch: number;
  /** Whether every second picture, at random, is mirrored left to right. */
  readonly flip: boolean;
  /** Every N-th picture is left out; 0, the default, leaves none out. */
  readonly holdOut?: number;
  /** Share of samples whose label or condition is dropped; 0 by default. */
  readonly labelDropout?: number;
}

/** The shapes of a task's examples, for pictures as they lie in a set. */
export function shapesOf(
  [channels, height, width]: ImageDataset["shape"],
  { task = "unconditional", targetChannels = channels }: TaskOptions,
): ExampleShapes {
  return exampleShapes(parseTask(task), targetChannels, channels - targetChannels, [height, width]);
}

/** New arrays for a batch of pictures of a shape. */
export function emptyBatch(
  shape: ImageDataset["shape"],
  batch: number,
  options: TaskOptions = {},
): TrainingBatch {
  const { target, condition } = shapesOf(shape, options);
  const size = batch * sizeOf(target);
  return {
    x0: new Float32Array(size),
    x1: new Float32Array(size),
    alpha: new Float32Array(batch),
    ...(condition && { condition: new Float32Array(batch * sizeOf(condition)) }),
    ...(parseTask(options.task ?? "unconditional").isLabelled && { label: new Float32Array(batch) }),
  };
}

/**
 * The batches of a dataset under a seed.
 *
 * @returns writes batch `k` (a whole number from 0, in any order) to arrays of a batch's size
 */
export function batchMaker(
  whole: ImageDataset,
  options: BatchOptions,
): (k: number, out: TrainingBatch) => void {
  const { seed, batch, flip, holdOut = 0, labelDropout = 0 } = options;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new DeblendError(`A batch holds a whole number of pictures, at least 1, but got ${batch}.`);
  }
  const dataset = datasetPart(whole, holdOut, "training");
  const { length, shape, classes = [] } = dataset;
  const task = parseTask(options.task ?? "unconditional");
  const shapes = shapesOf(shape, options);
  const size = sizeOf(shapes.target);
  const conditionSize = shapes.condition === undefined ? 0 : sizeOf(shapes.condition);
  const picture = new Float32Array(sizeOf(shape));
  const coin = new Float32Array(1);
  const isHeads = (share: number, purpose: "flip" | "dropout", index: number) => {
    fillUniform(coin, { seed, purpose, index });
    return (coin[0] ?? 0) < share;
  };
  // Only a memory of the order last asked for: the same epoch always gives the same order.
  let order: { readonly epoch: number; readonly positions: Uint32Array } | undefined;

  const pictureOf = (draw: number): number => {
    const epoch = Math.floor(draw / length);
    if (order?.epoch !== epoch) {
      order = { epoch, positions: permutation(length, { seed, purpose: "order", step: epoch }) };
    }
    return order.positions[draw % length] ?? 0;
  };

  return (k, out) => {
    if (!Number.isSafeInteger(k) || k < 0) {
      throw new DeblendError(`Batches are numbered by whole numbers from 0, but got ${k}.`);
    }
    const fits =
      out.x0.length === batch * size &&
      out.x1.length === batch * size &&
      out.alpha.length === batch &&
      (out.condition?.length ?? 0) === batch * conditionSize &&
      (out.label?.length ?? 0) === (task.isLabelled ? batch : 0);
    if (!fits) {
      throw new DeblendError(
        `A batch of ${batch} pictures of shape [${shape.join(", ")}] was to be written to arrays of another size: make them with emptyBatch.`,
      );
    }
    for (let i = 0; i < batch; i++) {
      const draw = k * batch + i;
      const index = pictureOf(draw);
      dataset.read(index, picture);
      if (flip && isHeads(0.5, "flip", draw)) mirror(picture, shape[2]);
      const target = out.x1.subarray(i * size, (i + 1) * size);
      const condition = out.condition?.subarray(i * conditionSize, (i + 1) * conditionSize);
      writeExample(task, shapes, picture, { target, condition }, { seed, index: draw });
      const isDropped = labelDropout > 0 && isHeads(labelDropout, "dropout", draw);
      if (isDropped) condition?.fill(0);
      if (out.label) out.label[i] = isDropped ? classes.length : (dataset.label?.(index) ?? classes.length);
      fillNormal(out.x0.subarray(i * size, (i + 1) * size), { seed, purpose: "noise", index: draw });
      fillUniform(out.alpha.subarray(i, i + 1), { seed, purpose: "alpha", index: draw });
    }
  };
}

/** Reverses each row of `width` values in place. */
function mirror(picture: Float32Array, width: number): void {
  for (let row = 0; row < picture.length; row += width) picture.subarray(row, row + width).reverse();
}
