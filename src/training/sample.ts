/**
 * Algorithm 4 for many images: from noise at alpha = 0 along a deblender's directions to images at alpha = 1.
 *
 * The noise of image `index` is the stream (seed, "sample", index), so an image depends on the seed and its index alone,
 * not on the batch that it is drawn in.
 */
import { type Batch, type Deblender, sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { fillNormal } from "../random/index.ts";
import { alphaGrid, type GridName, type SolverName, solve, solvers } from "../solvers/index.ts";
import { type Given, givenFor, guided } from "./guidance.ts";

/** Which noise an image starts from: another variation of the same index is another image. */
export interface NoiseKey {
  readonly index: number;
  readonly variation?: number;
}

/** Standard normal noise for the images `first` to `first + count - 1`, [count, ...event]. */
export function sampleNoise(
  event: readonly number[],
  seed: number,
  first: number,
  count: number,
  keyOf: (image: number) => NoiseKey = (index) => ({ index }),
): Batch {
  const size = sizeOf(event);
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const { index, variation: step = 0 } = keyOf(first + i);
    fillNormal(data.subarray(i * size, (i + 1) * size), { seed, purpose: "sample", index, step });
  }
  return { data, shape: [count, ...event] };
}

export interface SampleOptions {
  /** Shape of one image, [channels, height, width]. */
  readonly event: readonly number[];
  readonly count: number;
  /** Images that are computed together at most. */
  readonly batch: number;
  readonly seed: number;
  /** The noise of an image; image i has index i by default. */
  readonly noiseOf?: ((image: number) => NoiseKey) | undefined;
  readonly steps: number;
  /** A condition or label for each of the images, for a network that takes them. */
  readonly given?: Given | undefined;
  /** How strongly what is given acts: 1, the default, is the network as it was trained. */
  readonly guidance?: number | undefined;
  readonly solver?: SolverName;
  readonly grid?: GridName;
  readonly signal?: AbortSignal | undefined;
  /** Told after every step of every batch. */
  readonly onStep?: (progress: SampleProgress) => void;
}

export interface SampleProgress {
  /** Steps done and steps to do, over all batches. */
  readonly done: number;
  readonly total: number;
  /** Index of the batch's first image. */
  readonly first: number;
  /** Alpha that the batch has reached, and its values there. */
  readonly alpha: number;
  readonly x: Batch;
}

/**
 * Draws `count` images; values are near [-1, 1], not clamped.
 *
 * @returns [count, ...event]
 * @throws DeblendError for a count or batch below 1, an unknown solver or grid, or numbers that leave all bounds
 */
export async function sample(deblend: Deblender, options: SampleOptions): Promise<Batch> {
  const { event, count, batch, seed, steps, signal, onStep } = options;
  const { solver: solverName = "euler", grid: gridName = "uniform", given = {}, guidance, noiseOf } = options;
  for (const [name, value] of Object.entries({ count, batch })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new DeblendError(`To sample, the ${name} must be a whole number from 1, but got ${value}.`);
    }
  }
  const solver = solvers[solverName];
  if (solver === undefined) {
    throw new DeblendError(
      `The solver ${solverName} is unknown: choose one of ${Object.keys(solvers).join(", ")}.`,
    );
  }
  const grid = alphaGrid(gridName, steps);
  const size = sizeOf(event);
  const data = new Float32Array(count * size);
  // Batches of one size, so that one graph serves them all; the last may draw a few images a second time.
  const batches = Math.ceil(count / batch);
  const images = Math.ceil(count / batches);
  const total = batches * steps;
  let done = 0;
  for (let k = 0; k < batches; k++) {
    const first = Math.min(k * images, count - images);
    const x0 = sampleNoise(event, seed, first, images, noiseOf);
    const x1 = await solve(guided(deblend, givenFor(given, first, images), guidance), x0, {
      solver,
      grid,
      signal,
      onStep: ({ alpha, x }) => {
        done++;
        onStep?.({ done, total, first, alpha, x });
      },
    });
    data.set(x1.data, first * size);
  }
  return { data, shape: [count, ...event] };
}
