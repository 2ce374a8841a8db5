/**
 * How far Algorithm 1's random paths from one point end apart: what falls to 0 as T grows.
 *
 * A path adds T independent steps of size 1 / T, so the variance of its end falls as 1 / T and the spread as 1 / sqrt(T).
 */
import { type Algorithm1Options, algorithm1 } from "./algorithm1.ts";
import type { Point } from "./blend.ts";
import type { Density } from "./densities/index.ts";

export interface Spread {
  readonly paths: readonly (readonly Point[])[];
  /** Mean of the ends. */
  readonly mean: Point;
  /** Root mean square distance of the ends from their mean. */
  readonly spread: number;
}

/** Runs `count` independent paths from one point. */
export function spreadOfPaths(
  start: Point,
  p0: Density,
  p1: Density,
  { count, ...options }: Algorithm1Options & { readonly count: number },
): Spread {
  const paths = Array.from({ length: count }, (_, i) =>
    algorithm1(start, p0, p1, { ...options, key: { ...options.key, index: (options.key.index ?? 0) + i } }),
  );
  return { paths, ...spreadOfEnds(paths.map((path) => path.at(-1) ?? start)) };
}

/** The ends' mean, and their root mean square distance from it. */
export function spreadOfEnds(ends: readonly Point[]): Pick<Spread, "mean" | "spread"> {
  const count = ends.length;
  const mean: Point = [
    ends.reduce((sum, [x]) => sum + x, 0) / count,
    ends.reduce((sum, [, y]) => sum + y, 0) / count,
  ];
  const squares = ends.map(([x, y]) => (x - mean[0]) ** 2 + (y - mean[1]) ** 2);
  return { mean, spread: Math.sqrt(squares.reduce((a, b) => a + b, 0) / count) };
}
