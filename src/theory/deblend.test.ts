/**
 * Deblending against quadrature: the means and the density of blends at every alpha, and no answer where there is none.
 */
import { describe, expect, it } from "vitest";
import {
  blend,
  type Density,
  deblend,
  densities,
  drawCandidates,
  imageDensity,
  type Pair,
  type Point,
  type Posterior,
  posterior,
  posteriorMeans,
} from "./index.ts";

const drawing = imageDensity(
  Float32Array.from({ length: 256 }, (_, i) => (((i % 16) + (i >> 4) * 3) % 5) / 4),
  16,
  16,
);
const get = (name: string): Density => {
  const found = name === "image" ? drawing : densities.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

const CELL = 0.0125;
const REACH = 1.8;

/** Where a density is, on a fine grid: [x, y, density, x, y, density, ...]. */
function cells(density: Density): Float64Array {
  const side = Math.round((2 * REACH) / CELL);
  const place = (i: number) => (i + 0.5) * CELL - REACH;
  const found: number[] = [];
  for (let i = 0; i < side * side; i++) {
    const [x, y] = [place(i % side), place(Math.floor(i / side))];
    const here = density.pdf(x, y);
    if (here > 1e-9) found.push(x, y, here);
  }
  return Float64Array.from(found);
}

/** Direction and density at x by summing over the cells of x1 (of x0 above alpha = 1/2, where x0 changes more slowly). */
function quadrature(
  x: Point,
  alpha: number,
  p0: Density,
  p1: Density,
  cells0: Float64Array,
  cells1: Float64Array,
) {
  const [grid, share, other] = alpha < 0.5 ? [cells1, alpha, p0] : ([cells0, 1 - alpha, p1] as const);
  let [mass, mx, my] = [0, 0, 0];
  for (let i = 0; i < grid.length; i += 3) {
    const [a, b, here] = [grid[i] ?? 0, grid[i + 1] ?? 0, grid[i + 2] ?? 0];
    const weight = here * other.pdf((x[0] - share * a) / (1 - share), (x[1] - share * b) / (1 - share));
    mass += weight;
    mx += weight * a;
    my += weight * b;
  }
  const mean: Point = [mx / mass, my / mass];
  const follows: Point = [(x[0] - share * mean[0]) / (1 - share), (x[1] - share * mean[1]) / (1 - share)];
  const [x0, x1] = alpha < 0.5 ? [follows, mean] : [mean, follows];
  return { direction: difference({ x0, x1 }), density: (mass * CELL * CELL) / (1 - share) ** 2 };
}

const difference = ({ x0, x1 }: Pair): Point => [x1[0] - x0[0], x1[1] - x0[1]];
const found = (given: Posterior | undefined): Posterior => {
  if (given === undefined) throw new Error("No pair was found.");
  return given;
};
const rootMeanSquare = (points: readonly Point[]) =>
  Math.sqrt(points.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / points.length);

const BLENDS = 30;
const CANDIDATES = 512;

// The bound of each pair holds for every alpha: root mean square error over root mean square direction.
describe.each([
  { from: "gaussian", to: "two-moons", bound: 0.04 },
  { from: "triangle", to: "square", bound: 0.08 },
  { from: "ring", to: "spiral", bound: 0.13 },
  { from: "gaussian-mixture", to: "disc", bound: 0.13 },
  { from: "two-moons", to: "spiral", bound: 0.1 },
  { from: "gaussian", to: "image", bound: 0.08 },
])("from $from to $to", ({ from, to, bound }) => {
  const [p0, p1] = [get(from), get(to)];
  const candidates = drawCandidates(p0, p1, CANDIDATES, { seed: 1 });
  const ends = { x0: p0.sample(BLENDS, { seed: 7, index: 1 }), x1: p1.sample(BLENDS, { seed: 7, index: 2 }) };
  const blends = (alpha: number) => ends.x0.map((x0, i) => blend(x0, ends.x1[i] ?? x0, alpha));
  const direction = (x: Point, alpha: number) =>
    difference(posteriorMeans(found(posterior(x, alpha, p0, p1, candidates))));
  const [cells0, cells1] = [cells(p0), cells(p1)];

  it.each([0.05, 0.25, 0.4, 0.49, 0.5, 0.51, 0.6, 0.75, 0.95])("the directions are right at %d", (alpha) => {
    const errors: Point[] = [];
    const directions: Point[] = [];
    const densities: number[] = [];
    for (const x of blends(alpha)) {
      const exact = quadrature(x, alpha, p0, p1, cells0, cells1);
      const [dx, dy] = direction(x, alpha);
      errors.push([dx - exact.direction[0], dy - exact.direction[1]]);
      directions.push(exact.direction);
      densities.push(found(posterior(x, alpha, p0, p1, candidates)).density / exact.density);
    }
    expect(rootMeanSquare(errors) / rootMeanSquare(directions)).toBeLessThan(bound);
    expect(Math.abs(densities.reduce((a, b) => a + b, 0) / BLENDS - 1)).toBeLessThan(0.03);
  });

  it("nothing jumps at one half", () => {
    const points = blends(0.5);
    const jumps = points.map((x): Point => {
      const [below, above] = [direction(x, 0.5 - 1e-6), direction(x, 0.5 + 1e-6)];
      return [above[0] - below[0], above[1] - below[1]];
    });
    expect(rootMeanSquare(jumps)).toBeLessThan(0.005 * rootMeanSquare(points.map((x) => direction(x, 0.5))));
  });

  it("every pair blends to the point, and all weights sum to 1", () => {
    for (const alpha of [0.2, 0.5, 0.8]) {
      const x = blends(alpha)[0] ?? [0, 0];
      const { x0, x1, weights } = found(posterior(x, alpha, p0, p1, candidates));
      expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      for (let i = 0; i < x0.length; i++) {
        expect((1 - alpha) * (x0[i] ?? 0) + alpha * (x1[i] ?? 0)).toBeCloseTo(x[i % 2] ?? 0, 12);
      }
    }
  });

  it("drawn pairs have the posterior's mean", () => {
    const pairs = found(posterior(blends(0.5)[1] ?? [0, 0], 0.5, p0, p1, candidates));
    const drawn = Array.from({ length: 4000 }, (_, index) => difference(deblend(pairs, { seed: 2, index })));
    const [dx, dy] = difference(posteriorMeans(pairs));
    for (const [axis, d] of [dx, dy].entries()) {
      const mean = drawn.reduce((sum, one) => sum + (one[axis] ?? 0), 0) / drawn.length;
      expect(Math.abs(mean - d)).toBeLessThan(0.06);
    }
  });

  it("at alpha 0 and 1 the point is an end, and the other one is anywhere", () => {
    const [at0, at1]: [Point, Point] = [ends.x0[0] ?? [0, 0], ends.x1[0] ?? [0, 0]];
    const first = posteriorMeans(found(posterior(at0, 0, p0, p1, candidates)));
    const last = posteriorMeans(found(posterior(at1, 1, p0, p1, candidates)));
    const middle = (points: Float64Array, axis: 0 | 1) =>
      points.reduce((sum, value, i) => sum + (i % 2 === axis ? value : 0), 0) / CANDIDATES;
    for (const axis of [0, 1] as const) {
      expect(first.x0[axis]).toBeCloseTo(at0[axis], 12);
      expect(first.x1[axis]).toBeCloseTo(middle(candidates.x1.points, axis), 12);
      expect(last.x1[axis]).toBeCloseTo(at1[axis], 12);
      expect(last.x0[axis]).toBeCloseTo(middle(candidates.x0.points, axis), 12);
    }
  });
});

it.each([
  { from: "gaussian", to: "two-moons", x: [1.22, 1.22] as const, alpha: 0.8 },
  { from: "ring", to: "ring", x: [0, 0] as const, alpha: 0 },
  { from: "ring", to: "ring", x: [0.1, 0] as const, alpha: 0.1 },
  { from: "triangle", to: "square", x: [0.9, 0.9] as const, alpha: 0.5 },
  { from: "triangle", to: "square", x: [0.81, 0.5] as const, alpha: 1 },
])("no pair of $from and $to blends to $x at $alpha", ({ from, to, x, alpha }) => {
  const [p0, p1] = [get(from), get(to)];
  const candidates = drawCandidates(p0, p1, 4096, { seed: 1 });
  expect(posterior(x, alpha, p0, p1, candidates)).toBeUndefined();
});
