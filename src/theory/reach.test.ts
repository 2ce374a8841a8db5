/**
 * Where no pair blends to a point: the nearest pairs, marked; paths start on p0 and end on p1 all the same.
 */
import { describe, expect, it } from "vitest";
import {
  algorithm1,
  algorithm2,
  type Density,
  densities,
  drawCandidates,
  exactDeblender,
  nearestOn,
  type Point,
  posterior,
  posteriorNear,
} from "./index.ts";

const get = (name: string): Density => {
  const found = densities.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};
/** How far a point is from many points of a density. */
const away = (density: Density, [x, y]: Point) =>
  Math.min(...density.sample(4000, { seed: 9 }).map(([a, b]) => Math.hypot(a - x, b - y)));

describe.each([
  ["ring", "spiral"],
  ["gaussian", "two-moons"],
  ["triangle", "square"],
])("from %s to %s", (from, to) => {
  const [p0, p1] = [get(from), get(to)];
  const candidates = drawCandidates(p0, p1, 256, { seed: 1 });

  it("a point that a pair blends to keeps its own posterior", () => {
    const x: Point = [0.3, -0.2];
    expect(posteriorNear(x, 0.4, p0, p1, candidates)).toEqual(posterior(x, 0.4, p0, p1, candidates));
  });

  it("one that none blends to gets pairs that end on p1, marked by a density of 0", () => {
    const x: Point = [4, 3];
    for (const alpha of [0, 0.3, 0.7, 0.999]) {
      expect(posterior(x, alpha, p0, p1, candidates)).toBeUndefined();
      const near = posteriorNear(x, alpha, p0, p1, candidates);
      expect(near.density).toBe(0);
      for (let i = 0; i < near.x0.length; i++) {
        const blended = (1 - alpha) * (near.x0[i] ?? 0) + alpha * (near.x1[i] ?? 0);
        expect(blended).toBeCloseTo(x[i % 2] ?? 0, 9);
        if (i % 2 === 0) expect(p1.pdf(near.x1[i] ?? 0, near.x1[i + 1] ?? 0)).toBeGreaterThan(0);
      }
    }
  });

  it("a direction is a number everywhere, at every alpha", async () => {
    const data = Float32Array.from([4, 3, 0, 0, -9, 0.5]);
    for (const alpha of [0, 0.5, 1]) {
      const direction = await exactDeblender(p0, p1, candidates)({ data, shape: [3, 2] }, alpha);
      expect(direction.data.every(Number.isFinite)).toBe(true);
    }
  });

  it("paths from outside p0 start at its nearest point, and end on p1", () => {
    for (const start of [
      [1.35, 1.35],
      [-2, 0.4],
      [0, -3],
    ] as const) {
      const random = algorithm1(start, p0, p1, { steps: 100, candidates: 64, key: { seed: 3 } });
      const straight = algorithm2(start, p0, p1, { steps: 100, candidates });
      for (const path of [random, straight]) {
        expect(path.length).toBe(101);
        expect(p0.pdf(...(path[0] ?? start))).toBeGreaterThan(0);
        // What starts in the tail of a cloud ends in one.
        expect(away(p1, path.at(-1) ?? start)).toBeLessThan(0.15);
      }
    }
  });
});

it("a point of a density is its own nearest point; any other comes as near as the density does", () => {
  const ring = get("ring");
  expect(nearestOn(ring, [0.7, 0])).toEqual([0.7, 0]);
  const [x, y] = nearestOn(ring, [2, 0]);
  expect(Math.hypot(x - 0.9, y)).toBeLessThan(0.05);
  expect(Math.hypot(...nearestOn(ring, [0, 0]))).toBeCloseTo(0.6, 2);
});
