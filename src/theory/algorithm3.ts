/**
 * Algorithm 3 of the paper, training, in numbers: blend a pair at a random alpha and ask for x1 - x0.
 *
 * This is the meaning; `src/training/objective.ts` is the same as an expression with gradients.
 */
import { type Batch, type Deblender, sizeOf } from "../batch.ts";

export interface TrainingPairs {
  /** Drawn from p0, [n, ...event]. */
  readonly x0: Batch;
  /** Drawn from p1, [n, ...event]. */
  readonly x1: Batch;
  /** Drawn from U[0, 1], one an event. */
  readonly alpha: Float32Array;
}

/** || D(x_alpha, alpha) - (x1 - x0) ||^2, summed over the batch. */
export async function algorithm3Loss(
  deblender: Deblender,
  { x0, x1, alpha }: TrainingPairs,
): Promise<number> {
  const size = sizeOf(x0.shape.slice(1));
  const xAlpha = x0.data.map((value, i) => {
    const a = alpha[Math.floor(i / size)] ?? 0;
    return (1 - a) * value + a * (x1.data[i] ?? 0);
  });
  const d = await deblender({ data: xAlpha, shape: x0.shape }, alpha);
  return d.data.reduce((loss, value, i) => loss + (value - ((x1.data[i] ?? 0) - (x0.data[i] ?? 0))) ** 2, 0);
}
