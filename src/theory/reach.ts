/**
 * Where two densities do not reach: points that no pair blends to, and starts that are not on p0.
 *
 * Exact paths never come there. Steps that are finite do, and people who point at a figure.
 */
import { blend, type Point } from "./blend.ts";
import type { Candidates } from "./candidates.ts";
import { type Pair, type Posterior, posterior } from "./deblend.ts";
import type { Density } from "./densities/index.ts";
import { latticePoint } from "./lattice.ts";

/** A density below this is taken for none: a whole unit square of it would hold one point of a million. */
export const NEGLIGIBLE = 1e-6;

/** Candidates of each end that are tried with each other, and points of a density among which the nearest is sought. */
const TRIED = { ends: 64, points: 4096 };

/**
 * The posterior at x, or, where no pair blends to x, that at the nearest point found that one does: `density` is then 0.
 *
 * Its pairs are brought back to x by their x0, which leaves p0. So a path that has lost its way still ends on p1.
 */
export function posteriorNear(
  x: Point,
  alpha: number,
  p0: Density,
  p1: Density,
  candidates: Candidates,
): Posterior {
  const here = posterior(x, alpha, p0, p1, candidates);
  if (here !== undefined) return here;
  const pair = nearestPair(x, alpha, candidates);
  const at = blend(pair.x0, pair.x1, alpha);
  const there = posterior(at, alpha, p0, p1, candidates) ?? alone(pair);
  // At alpha = 1 x0 has no share in the blend, and cannot bring it anywhere.
  const off = [x[0] - at[0], x[1] - at[1]].map((part) => (alpha < 1 ? part / (1 - alpha) : 0));
  return { ...there, x0: there.x0.map((value, i) => value + (off[i % 2] ?? 0)), density: 0 };
}

/** The point itself if it is on the density, else the nearest point found that is. */
export function nearestOn(density: Density, point: Point): Point {
  if (density.pdf(...point) >= NEGLIGIBLE) return point;
  let nearest = point;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIED.points; i++) {
    const found = density.place(...latticePoint(i, [0.5, 0.5, 0.5]));
    const distance = Math.hypot(found[0] - point[0], found[1] - point[1]);
    if (distance < least && density.pdf(...found) >= NEGLIGIBLE) {
      least = distance;
      nearest = found;
    }
  }
  return nearest;
}

/** Of the first candidates, the pair whose blend is nearest to x. */
function nearestPair(x: Point, alpha: number, { x0, x1 }: Candidates): Pair {
  const end = (points: Float64Array, i: number): Point => [points[2 * i] ?? 0, points[2 * i + 1] ?? 0];
  const count = Math.min(TRIED.ends, x0.densities.length);
  let nearest: Pair = { x0: end(x0.points, 0), x1: end(x1.points, 0) };
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const pair = { x0: end(x0.points, i), x1: end(x1.points, j) };
      const at = blend(pair.x0, pair.x1, alpha);
      const distance = Math.hypot(at[0] - x[0], at[1] - x[1]);
      if (distance < least) {
        least = distance;
        nearest = pair;
      }
    }
  }
  return nearest;
}

/** A posterior of one pair. */
const alone = ({ x0, x1 }: Pair): Posterior => ({
  x0: Float64Array.from(x0),
  x1: Float64Array.from(x1),
  weights: Float64Array.of(1),
  density: 0,
});
