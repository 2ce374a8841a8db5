/**
 * Images from a trained model: what `deblend sample` does, as a library call.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import type { GridName, SolverName } from "../solvers/index.ts";
import { sample, sampleNoise } from "../training/sample.ts";
import { type OpenModelOptions, openModel } from "./openModel.ts";

export interface SampleModelOptions extends OpenModelOptions {
  readonly count: number;
  readonly steps: number;
  readonly seed?: number;
  readonly solver?: SolverName;
  readonly grid?: GridName;
  /** Images computed together; the images do not depend on it. */
  readonly batch?: number;
  /** Rows of the trajectory to record; 0 records none. */
  readonly trajectoryRows?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ModelSamples {
  /** [count, channels, height, width], near [-1, 1]. */
  readonly images: Batch;
  /** The first images on their way: rows of `TRAJECTORY_COLUMNS`, alpha from 0 (noise) to 1. */
  readonly trajectory: Batch | undefined;
  /** Where it was computed, in words. */
  readonly device: string;
}

/** Values of alpha in a trajectory, evenly spaced from 0 to 1. */
export const TRAJECTORY_COLUMNS = 9;
const BATCH = 16;

/**
 * Draws images; image i depends on the model, the seed, i, the solver and its grid alone.
 *
 * @param path a run, a checkpoint or a diffusers folder
 * @throws DeblendError for a model or options that cannot be used, or when the signal says stop
 */
export async function sampleModel(path: string, options: SampleModelOptions): Promise<ModelSamples> {
  const { count, steps, seed = 0, batch = BATCH } = options;
  const { trajectoryRows = 0, onProgress, signal, solver = "euler", grid = "uniform" } = options;
  const model = await openModel(path, options);
  const { event, purpose, deblend } = model;
  if (purpose.conditionChannels > 0 || purpose.classes.length > 0) {
    await model.dispose();
    throw new DeblendError(
      `${path} does not draw from noise alone, its task is ${purpose.task.spelling}: give it ${purpose.classes.length > 0 ? "a class" : "a condition"}.`,
    );
  }
  const rows = Math.min(trajectoryRows, count);
  const recorder = rows > 0 ? recordTrajectory(event, sampleNoise(event, seed, 0, rows)) : undefined;
  try {
    const images = await sample(deblend, {
      ...{ event, count, batch: Math.min(batch, count), seed, steps, solver, grid, signal },
      onStep: ({ done, total, first, alpha, x }) => {
        recorder?.record(first, alpha, x);
        onProgress?.(done, total);
      },
    });
    return { images, trajectory: recorder?.trajectory, device: model.device };
  } finally {
    await model.dispose();
  }
}

/** Keeps the first images at the alphas of the columns: each is the first state at or after its column's alpha. */
function recordTrajectory(event: readonly number[], noise: Batch) {
  const rows = noise.shape[0];
  const size = sizeOf(event);
  const data = new Float32Array(rows * TRAJECTORY_COLUMNS * size);
  const filled = new Array<number>(rows).fill(0);
  const put = (row: number, column: number, values: Float32Array) =>
    data.set(values, (row * TRAJECTORY_COLUMNS + column) * size);
  const record = (first: number, alpha: number, x: Batch) => {
    for (let row = first; row < Math.min(rows, first + x.shape[0]); row++) {
      const values = x.data.subarray((row - first) * size, (row - first + 1) * size);
      for (let column = filled[row] ?? 0; column < TRAJECTORY_COLUMNS; column++) {
        if (alpha < column / (TRAJECTORY_COLUMNS - 1) - 1e-9) break;
        put(row, column, values);
        filled[row] = column + 1;
      }
    }
  };
  record(0, 0, noise);
  const trajectory: Batch = { data, shape: [rows * TRAJECTORY_COLUMNS, ...event] };
  return { record, trajectory };
}
