/**
 * Deblending: the posterior of the pairs (x0, x1) that blend to a point x at alpha.
 *
 * Given one end of a pair, x decides the other: x1 = (x - (1 - alpha) x0) / alpha. So ends are proposed and weighted by the
 * density of the end that follows. Proposals of x1 are good while alpha is small, those of x0 while 1 - alpha is, and
 * neither is good everywhere. Both are made, and every pair is weighted by its probability over the probability that
 * either proposes it (the balance heuristic; Veach and Guibas, "Optimally combining sampling techniques", 1995). Per unit
 * of area around x, that is
 *
 *     p0(x0) p1(x1) / ((1 - alpha)^2 p1(x1) + alpha^2 p0(x0)),
 *
 * and its mean over candidates is the density of the blends at x. It is at most twice the larger of both densities, and in
 * the range of the smaller one, so it needs no logarithms.
 */
import { fillUniform } from "../random/index.ts";
import type { Point } from "./blend.ts";
import type { Candidates, Ends } from "./candidates.ts";
import type { Density, DensityKey } from "./densities/index.ts";

export interface Pair {
  readonly x0: Point;
  readonly x1: Point;
}

/** Pairs that blend to the point exactly, each end as [x, y, x, y, ...], and their weights, which sum to 1. */
export interface Posterior {
  readonly x0: Float64Array;
  readonly x1: Float64Array;
  readonly weights: Float64Array;
  /** Of the blends, at the point: probability per unit of area; 0 where these are not its own pairs, but the nearest. */
  readonly density: number;
}

/** The posterior at x over the candidates; undefined where none of them is an end of a pair that blends to x. */
export function posterior(
  x: Point,
  alpha: number,
  p0: Density,
  p1: Density,
  candidates: Candidates,
): Posterior | undefined {
  const count = candidates.x0.densities.length;
  const x0 = new Float64Array(4 * count);
  const x1 = new Float64Array(4 * count);
  const weights = new Float64Array(2 * count);
  const some = complete(x, alpha, candidates.x1, p0, { drawn: x1, other: x0, weights }, 0);
  const all = complete(x, 1 - alpha, candidates.x0, p1, { drawn: x0, other: x1, weights }, some);
  let total = 0;
  for (let i = 0; i < all; i++) total += weights[i] ?? 0;
  if (all === 0) return undefined;
  for (let i = 0; i < all; i++) weights[i] = (weights[i] ?? 0) / total;
  return {
    x0: x0.subarray(0, 2 * all),
    x1: x1.subarray(0, 2 * all),
    weights: weights.subarray(0, all),
    density: total / count,
  };
}

/** Adds the pairs of one end's candidates, whose share of the blend is `share`, and returns how many there are then. */
function complete(
  [x, y]: Point,
  share: number,
  { points, densities }: Ends,
  density: Density,
  { drawn, other, weights }: { drawn: Float64Array; other: Float64Array; weights: Float64Array },
  already: number,
): number {
  let found = already;
  for (let i = 0; i < densities.length; i++) {
    const [a, b] = [points[2 * i] ?? 0, points[2 * i + 1] ?? 0];
    // Where the drawn end is the whole blend, the other one lies nowhere, and no density is there.
    const [c, d] = [(x - share * a) / (1 - share), (y - share * b) / (1 - share)];
    const follows = density.pdf(c, d);
    if (!(follows > 0)) continue;
    const weight = 1 / ((1 - share) ** 2 / follows + share ** 2 / (densities[i] ?? 0));
    if (!(weight > 0)) continue;
    drawn[2 * found] = a;
    drawn[2 * found + 1] = b;
    other[2 * found] = c;
    other[2 * found + 1] = d;
    weights[found] = weight;
    found++;
  }
  return found;
}

/** Draws one pair from the posterior. */
export function deblend({ x0, x1, weights }: Posterior, key: DensityKey): Pair {
  const uniform = new Float32Array(1);
  fillUniform(uniform, { ...key, purpose: "deblend" });
  let left = uniform[0] ?? 0;
  let chosen = 0;
  for (; chosen < weights.length - 1; chosen++) {
    left -= weights[chosen] ?? 0;
    if (left < 0) break;
  }
  const pick = (points: Float64Array): Point => [points[2 * chosen] ?? 0, points[2 * chosen + 1] ?? 0];
  return { x0: pick(x0), x1: pick(x1) };
}

/** The posterior means of both ends. */
export function posteriorMeans({ x0, x1, weights }: Posterior): Pair {
  const mean = (points: Float64Array): Point => {
    let x = 0;
    let y = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] ?? 0;
      x += weight * (points[2 * i] ?? 0);
      y += weight * (points[2 * i + 1] ?? 0);
    }
    return [x, y];
  };
  return { x0: mean(x0), x1: mean(x1) };
}
