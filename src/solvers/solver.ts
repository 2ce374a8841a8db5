/**
 * The contract of a solver of the deblending equation dx / d alpha = D(x, alpha), and the loop that follows it.
 */
import type { Batch, Deblender } from "../batch.ts";
import { DeblendError } from "../errors.ts";

export interface Solver {
  readonly name: string;
  /** The error over a whole path falls as (step size)^order. */
  readonly order: number;
  /** Evaluations of the network in one step. */
  readonly evaluationsPerStep: number;
  /** Follows the direction from x at `from` to `to`, both in [0, 1]. */
  step(deblend: Deblender, x: Batch, from: number, to: number, condition?: Batch): Promise<Batch>;
}

/** x + h d, elementwise. */
export function advance(x: Batch, h: number, d: Batch): Batch {
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (x.data[i] ?? 0) + h * (d.data[i] ?? 0);
  return { data, shape: x.shape };
}

export interface SolveOptions {
  readonly solver: Solver;
  /** Values of alpha to stop at, ascending; see `alphaGrid`. */
  readonly grid: Float64Array;
  readonly condition?: Batch | undefined;
  /** Told after every step. */
  readonly onStep?: (progress: { step: number; steps: number; alpha: number; x: Batch }) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * From x at the grid's first alpha to its last (Algorithm 4, for any solver).
 *
 * @throws DeblendError if a number stops being finite, or if the signal says stop
 */
export async function solve(deblend: Deblender, x0: Batch, options: SolveOptions): Promise<Batch> {
  const { solver, grid, condition, onStep, signal } = options;
  const steps = grid.length - 1;
  let x = x0;
  for (let t = 0; t < steps; t++) {
    if (signal?.aborted) throw new DeblendError(`Stopped after ${t} of ${steps} steps.`);
    const [from = 0, to = 1] = [grid[t], grid[t + 1]];
    x = await solver.step(deblend, x, from, to, condition);
    if (!x.data.every(Number.isFinite)) {
      throw new DeblendError(
        `Sampling with ${solver.name} left the range of numbers at step ${t + 1} of ${steps}: use more steps, or train the model further.`,
      );
    }
    onStep?.({ step: t + 1, steps, alpha: to, x });
  }
  return x;
}
