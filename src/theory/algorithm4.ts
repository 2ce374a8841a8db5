/**
 * Algorithm 4 of the paper, sampling: follow the predicted direction from alpha 0 to 1 in T equal steps.
 *
 * The solver `euler` on the uniform grid is the same, with more to set; this is the pseudocode.
 */
import type { Batch, Deblender } from "../batch.ts";

/** From noise x0 to data, in `steps` evaluations. */
export async function algorithm4(deblender: Deblender, x0: Batch, steps: number): Promise<Batch> {
  let x = x0;
  for (let t = 0; t < steps; t++) {
    const d = await deblender(x, t / steps);
    const step = (t + 1) / steps - t / steps;
    x = { data: x.data.map((value, i) => value + step * (d.data[i] ?? 0)), shape: x.shape };
  }
  return x;
}
