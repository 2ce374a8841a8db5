/**
 * Algorithm 2 of the paper, the deterministic limit: step along the difference of the posterior means.
 * As T grows, Algorithm 1 converges to it.
 */
import type { Point } from "./blend.ts";
import type { Candidates } from "./candidates.ts";
import { posteriorMeans } from "./deblend.ts";
import type { Density } from "./densities/index.ts";
import { nearestOn, posteriorNear } from "./reach.ts";

/** The path of one point from p0 (alpha = 0) to p1 (alpha = 1), `steps` + 1 points; its start is brought to p0. */
export function algorithm2(
  start: Point,
  p0: Density,
  p1: Density,
  { steps, candidates }: { readonly steps: number; readonly candidates: Candidates },
): Point[] {
  let x = nearestOn(p0, start);
  const path = [x];
  for (let t = 0; t < steps; t++) {
    const { x0, x1 } = posteriorMeans(posteriorNear(x, t / steps, p0, p1, candidates));
    const step = (t + 1) / steps - t / steps;
    x = [x[0] + step * (x1[0] - x0[0]), x[1] + step * (x1[1] - x0[1])];
    path.push(x);
  }
  return path;
}
