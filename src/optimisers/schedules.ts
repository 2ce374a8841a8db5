/**
 * What changes over a run: the learning rate (warm-up, then constant or cosine) and the average's decay.
 */

export interface LearningRateSchedule {
  /** The largest rate. */
  readonly learningRate: number;
  /** Steps over which the rate rises linearly from 0. */
  readonly warmup: number;
  readonly schedule: "constant" | "cosine";
  /** Length of the run; one step more would have the rate 0. */
  readonly steps: number;
}

/**
 * The learning rate of update `step`, from 1 (Loshchilov and Hutter, 2017, for the cosine): `step / warmup` of the
 * largest during the warm-up, all of it at the step after, and above 0 at every step of the run.
 */
export function learningRateAt(
  step: number,
  { learningRate, warmup, schedule, steps }: LearningRateSchedule,
): number {
  if (step <= warmup) return (learningRate * step) / warmup;
  if (schedule === "constant") return learningRate;
  const progress = Math.min(1, (step - 1 - warmup) / Math.max(1, steps - warmup));
  return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * The share of the average kept at update `step`, from 1: min(decay, (1 + step) / (10 + step)), so that a young average
 * follows the weights closely (as TensorFlow's `ExponentialMovingAverage` does).
 */
export function emaDecayAt(step: number, decay: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}
