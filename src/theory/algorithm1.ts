/**
 * Algorithm 1 of the paper, iterative alpha-(de)blending, stochastic: deblend the point, reblend the drawn pair a little
 * further on. Every point of the path has the density of blends at its alpha.
 */
import { blend, type Point } from "./blend.ts";
import { drawCandidates } from "./candidates.ts";
import { deblend } from "./deblend.ts";
import type { Density, DensityKey } from "./densities/index.ts";
import { nearestOn, posteriorNear } from "./reach.ts";

export interface Algorithm1Options {
  /** T, the number of steps. */
  readonly steps: number;
  /** Candidates for each end that a draw from the posterior chooses among. */
  readonly candidates: number;
  /** Another index is another, independent path. */
  readonly key: DensityKey;
}

/** The path of one point from p0 (alpha = 0) to p1 (alpha = 1), `steps` + 1 points; its start is brought to p0. */
export function algorithm1(start: Point, p0: Density, p1: Density, options: Algorithm1Options): Point[] {
  const { steps, candidates: count, key } = options;
  let x = nearestOn(p0, start);
  const path = [x];
  for (let t = 0; t < steps; t++) {
    const fresh = { ...key, step: t };
    const candidates = drawCandidates(p0, p1, count, fresh);
    const { x0, x1 } = deblend(posteriorNear(x, t / steps, p0, p1, candidates), fresh);
    x = blend(x0, x1, (t + 1) / steps);
    path.push(x);
  }
  return path;
}
