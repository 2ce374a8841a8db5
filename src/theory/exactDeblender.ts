/**
 * The deblender that a perfectly trained network would be: posterior means of two known densities.
 */
import type { Deblender } from "../batch.ts";
import type { Candidates } from "./candidates.ts";
import { posteriorMeans } from "./deblend.ts";
import type { Density } from "./densities/index.ts";
import { posteriorNear } from "./reach.ts";

/** D(x, alpha) = mean x1 - mean x0 over the candidates, for batches [n, 2]. */
export function exactDeblender(p0: Density, p1: Density, candidates: Candidates): Deblender {
  return async ({ data, shape }, alpha) => {
    const out = new Float32Array(data.length);
    for (let i = 0; i < shape[0]; i++) {
      const a = typeof alpha === "number" ? alpha : (alpha[alpha.length === 1 ? 0 : i] ?? 0);
      const x = [data[2 * i] ?? 0, data[2 * i + 1] ?? 0] as const;
      const { x0, x1 } = posteriorMeans(posteriorNear(x, a, p0, p1, candidates));
      out[2 * i] = x1[0] - x0[0];
      out[2 * i + 1] = x1[1] - x0[1];
    }
    return { data: out, shape };
  };
}
