/**
 * Deblending: the posterior of the pairs (x0, x1) that blend to a point x at alpha.
 *
 * Given one end of a pair, x decides the other: x1 = (x - (1 - alpha) x0) / alpha. So candidates are drawn for one end and
 * weighted by the density of the end that follows. The drawn end is x1 below alpha = 1/2 and x0 above: the other way
 * round, the following end would hardly ever hit its density.
 */
import { fillUniform } from "../random/index.ts";
import type { Point } from "./blend.ts";
import type { Density, DensityKey } from "./densities/index.ts";

/** Candidate pairs that blend to the point exactly, each end as [x, y, x, y, ...], and their weights, which sum to 1. */
export interface Posterior {
  readonly x0: Float64Array;
  readonly x1: Float64Array;
  readonly weights: Float64Array;
}

/** Candidates for both ends, to be drawn once and used for many points. */
export interface Candidates {
  readonly x0: Float64Array;
  readonly x1: Float64Array;
}

/** A point can be driven a little out of what the two densities can blend to; then the likeliest pair is the closest one. */
const FLOOR = 1e-12;

export function drawCandidates(p0: Density, p1: Density, count: number, key: DensityKey): Candidates {
  const index = key.index ?? 0;
  return {
    x0: Float64Array.from(p0.sample(count, { ...key, index: 2 * index }).flat()),
    x1: Float64Array.from(p1.sample(count, { ...key, index: 2 * index + 1 }).flat()),
  };
}

/** The posterior at x over the candidates. */
export function posterior(
  x: Point,
  alpha: number,
  p0: Density,
  p1: Density,
  candidates: Candidates,
): Posterior {
  const fromX1 = alpha < 0.5;
  const drawn = fromX1 ? candidates.x1 : candidates.x0;
  const ofDrawn = fromX1 ? alpha : 1 - alpha;
  const density = fromX1 ? p0 : p1;
  const other = new Float64Array(drawn.length);
  const weights = new Float64Array(drawn.length / 2);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const a = (x[0] - ofDrawn * (drawn[2 * i] ?? 0)) / (1 - ofDrawn);
    const b = (x[1] - ofDrawn * (drawn[2 * i + 1] ?? 0)) / (1 - ofDrawn);
    other[2 * i] = a;
    other[2 * i + 1] = b;
    const weight = density.pdf(a, b) + FLOOR * Math.exp(-(a * a + b * b));
    weights[i] = weight;
    total += weight;
  }
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] ?? 0) / total;
  return fromX1 ? { x0: other, x1: drawn, weights } : { x0: drawn, x1: other, weights };
}

/** Draws one pair from the posterior. */
export function deblend({ x0, x1, weights }: Posterior, key: DensityKey): { x0: Point; x1: Point } {
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
export function posteriorMeans({ x0, x1, weights }: Posterior): { x0: Point; x1: Point } {
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
