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

/** Candidate pairs that blend to the point exactly, and their weights, which sum to 1. */
export interface Posterior {
  readonly x0: readonly Point[];
  readonly x1: readonly Point[];
  readonly weights: Float64Array;
}

/** Candidates for both ends, to be drawn once and used for many points. */
export interface Candidates {
  readonly x0: readonly Point[];
  readonly x1: readonly Point[];
}

/** A point can be driven a little out of what the two densities can blend to; then the likeliest pair is the closest one. */
const FLOOR = 1e-12;

export function drawCandidates(p0: Density, p1: Density, count: number, key: DensityKey): Candidates {
  const index = key.index ?? 0;
  return {
    x0: p0.sample(count, { ...key, index: 2 * index }),
    x1: p1.sample(count, { ...key, index: 2 * index + 1 }),
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
  const [ofDrawn, ofOther] = fromX1 ? [alpha, 1 - alpha] : [1 - alpha, alpha];
  const density = fromX1 ? p0 : p1;
  const other = drawn.map(
    ([a, b]): Point => [(x[0] - ofDrawn * a) / ofOther, (x[1] - ofDrawn * b) / ofOther],
  );
  const weights = Float64Array.from(
    other,
    (point) => density.pdf(point) + FLOOR * Math.exp(-(point[0] ** 2 + point[1] ** 2)),
  );
  const total = weights.reduce((a, b) => a + b, 0);
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
  return { x0: x0[chosen] ?? [0, 0], x1: x1[chosen] ?? [0, 0] };
}

/** The posterior means of both ends. */
export function posteriorMeans({ x0, x1, weights }: Posterior): { x0: Point; x1: Point } {
  const mean = (points: readonly Point[]): Point => {
    let [x, y] = [0, 0];
    points.forEach((point, i) => {
      x += (weights[i] ?? 0) * point[0];
      y += (weights[i] ?? 0) * point[1];
    });
    return [x, y];
  };
  return { x0: mean(x0), x1: mean(x1) };
}
