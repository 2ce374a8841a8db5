/**
 * The paper's main claim, measured: as T grows, Algorithm 1's random paths collapse onto Algorithm 2's path.
 */
import { describe, expect, it } from "vitest";
import {
  algorithm2,
  algorithm3Loss,
  algorithm4,
  type Density,
  densities,
  drawCandidates,
  exactDeblender,
  type Point,
  spreadOfPaths,
} from "./index.ts";

const get = (name: string): Density => {
  const found = densities.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe.each([
  ["triangle", "square"],
  ["gaussian", "two-moons"],
])("from %s to %s", (from, to) => {
  const [p0, p1] = [get(from), get(to)];
  const start: Point = [0.15, -0.1];
  const counts = [2, 10, 100, 1000];
  const runs = counts.map((steps) =>
    spreadOfPaths(start, p0, p1, { steps, candidates: 128, key: { seed: 3 }, count: 48 }),
  );

  it("the spread falls as 1 / sqrt(T)", () => {
    runs.slice(1).forEach(({ spread }, i) => {
      expect(spread).toBeLessThan(runs[i]?.spread ?? 0);
    });
    const slope =
      Math.log((runs[3]?.spread ?? 1) / (runs[1]?.spread ?? 1)) /
      Math.log((counts[3] ?? 1) / (counts[1] ?? 1));
    expect(slope).toBeLessThan(-0.35);
    expect(slope).toBeGreaterThan(-0.75);
  });

  it("the paths end where Algorithm 2's does", () => {
    const candidates = drawCandidates(p0, p1, 4096, { seed: 5 });
    const end = algorithm2(start, p0, p1, { steps: 1000, candidates }).at(-1) ?? start;
    const mean = runs[3]?.mean ?? [0, 0];
    expect(Math.hypot(end[0] - mean[0], end[1] - mean[1])).toBeLessThan(0.08);
  });

  it("Algorithm 4 over the exact deblender is Algorithm 2, and no direction has a smaller Algorithm 3 loss", async () => {
    const candidates = drawCandidates(p0, p1, 512, { seed: 5 });
    const deblender = exactDeblender(p0, p1, candidates);
    const x0 = { data: Float32Array.from(start), shape: [1, 2] as const };
    const { data } = await algorithm4(deblender, x0, 20);
    const end = algorithm2(start, p0, p1, { steps: 20, candidates }).at(-1) ?? start;
    expect(Math.hypot((data[0] ?? 0) - end[0], (data[1] ?? 0) - end[1])).toBeLessThan(1e-4);

    const n = 256;
    const batch = (points: Point[]) => ({ data: Float32Array.from(points.flat()), shape: [n, 2] as const });
    const pairs = {
      x0: batch(p0.sample(n, { seed: 8, index: 1 })),
      x1: batch(p1.sample(n, { seed: 8, index: 2 })),
      alpha: Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n),
    };
    const exact = await algorithm3Loss(deblender, pairs);
    const zero = await algorithm3Loss(async (x) => ({ ...x, data: new Float32Array(x.data.length) }), pairs);
    const tilted = await algorithm3Loss(async (x, alpha) => {
      const d = await deblender(x, alpha);
      return { ...d, data: d.data.map((value) => 1.5 * value + 0.2) };
    }, pairs);
    expect(exact).toBeLessThan(zero);
    expect(exact).toBeLessThan(tilted);
  });
});
