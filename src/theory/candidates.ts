/**
 * Candidates for the ends of pairs, for both densities, to be drawn once and used for many points.
 *
 * They lie on a lattice that each density carries to where it is dense, so a few hundred do what thousands of independent
 * points would.
 */
import { uniforms } from "./densities/density.ts";
import type { Density, DensityKey } from "./densities/index.ts";
import { latticePoint } from "./lattice.ts";

/** Points of one density. */
export interface Ends {
  /** [x, y, x, y, ...] */
  readonly points: Float64Array;
  /** The density at each of them. */
  readonly densities: Float64Array;
}

export interface Candidates {
  readonly x0: Ends;
  readonly x1: Ends;
}

/** `count` candidates for each end; another key is another, independent shift of the lattice. */
export function drawCandidates(p0: Density, p1: Density, count: number, key: DensityKey): Candidates {
  const index = key.index ?? 0;
  return {
    x0: drawEnds(p0, count, { ...key, index: 2 * index }),
    x1: drawEnds(p1, count, { ...key, index: 2 * index + 1 }),
  };
}

function drawEnds(density: Density, count: number, key: DensityKey): Ends {
  const [u = 0, v = 0, w = 0] = uniforms(1, 3, key);
  const points = new Float64Array(2 * count);
  const densities = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [x, y] = density.place(...latticePoint(i, [u, v, w]));
    points[2 * i] = x;
    points[2 * i + 1] = y;
    densities[i] = density.pdf(x, y);
  }
  return { points, densities };
}
