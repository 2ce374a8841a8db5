/**
 * Batch k of a run, a pure function of the dataset, the seed and k: Algorithm 3's draws of x0, x1 and alpha.
 *
 * Sample i of batch k is draw g = k * batch + i of the run. Its picture is number g modulo the dataset's length in the
 * random order of its epoch (every picture once before any comes again), mirrored or not with equal chance; its noise
 * and its alpha ~ U[0, 1] are the streams of g. So a run can start at any k, and nothing depends on who prepares it.
 */
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { fillNormal, fillUniform, permutation } from "../random/index.ts";
import type { ImageDataset } from "./dataset.ts";
import type { TrainingBatch } from "./trainingBatch.ts";

/** How the pictures become batches. */
export interface BatchOptions {
  /** Of the run, a whole number from 0 to 2^52 - 1. */
  readonly seed: number;
  /** How many samples a batch holds, at least 1. */
  readonly batch: number;
  /** Whether every second picture, at random, is mirrored left to right. */
  readonly flip: boolean;
}

/** New arrays for a batch of pictures of a shape. */
export function emptyBatch(shape: ImageDataset["shape"], batch: number): TrainingBatch {
  const size = batch * sizeOf(shape);
  return { x0: new Float32Array(size), x1: new Float32Array(size), alpha: new Float32Array(batch) };
}

/**
 * The batches of a dataset under a seed.
 *
 * @returns writes batch `k` (a whole number from 0, in any order) to arrays of a batch's size
 */
export function batchMaker(
  dataset: ImageDataset,
  { seed, batch, flip }: BatchOptions,
): (k: number, out: TrainingBatch) => void {
  if (!Number.isInteger(batch) || batch < 1) {
    throw new DeblendError(`A batch holds a whole number of pictures, at least 1, but got ${batch}.`);
  }
  const { length, shape } = dataset;
  const size = sizeOf(shape);
  const coin = new Float32Array(1);
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
    if (out.x0.length !== batch * size || out.x1.length !== batch * size || out.alpha.length !== batch) {
      throw new DeblendError(
        `A batch of ${batch} pictures of shape [${shape.join(", ")}] was to be written to arrays of another size: make them with emptyBatch.`,
      );
    }
    for (let i = 0; i < batch; i++) {
      const draw = k * batch + i;
      const x1 = out.x1.subarray(i * size, (i + 1) * size);
      dataset.read(pictureOf(draw), x1);
      if (flip) {
        fillUniform(coin, { seed, purpose: "flip", index: draw });
        if ((coin[0] ?? 0) < 0.5) mirror(x1, shape[2]);
      }
      fillNormal(out.x0.subarray(i * size, (i + 1) * size), { seed, purpose: "noise", index: draw });
      fillUniform(out.alpha.subarray(i, i + 1), { seed, purpose: "alpha", index: draw });
    }
  };
}

/** Reverses each row of `width` values in place. */
function mirror(picture: Float32Array, width: number): void {
  for (let row = 0; row < picture.length; row += width) picture.subarray(row, row + width).reverse();
}
