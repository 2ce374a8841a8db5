/**
 * What the page's worker says of points that no pair blends to, and of starts that are not on p0.
 */
import { expect, it } from "vitest";
import { theory } from "../../src/index.ts";
import { gridPoints } from "../../studio/src/figures/points.ts";
import type { OperationContext } from "../../studio/src/worker/operation.ts";
import { run as deblend } from "../../studio/src/worker/operations/deblend.ts";
import { run as directionField } from "../../studio/src/worker/operations/directionField.ts";
import { run as flow } from "../../studio/src/worker/operations/flow.ts";
import { run as randomPaths } from "../../studio/src/worker/operations/randomPaths.ts";

const context = <Event>(emit: (event: Event) => void): OperationContext<Event> => ({
  signal: new AbortController().signal,
  emit,
  breathe: async () => {},
});
const densityOf = (name: string): theory.Density => {
  const found = theory.densities.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

it("deblending tells the mean, or that no pair blends to the point", async () => {
  const request = { p0: "gaussian", p1: "two-moons", alpha: 0.8, seed: 1, pairs: 20 };
  const there = await deblend(
    { ...request, x: [0.3, -0.3] },
    context(() => {}),
  );
  expect(there.pairs.length).toBe(20);
  const { x0, x1 } = there.mean ?? { x0: [], x1: [] };
  expect(0.2 * (x0[0] ?? 9) + 0.8 * (x1[0] ?? 9)).toBeCloseTo(0.3, 9);
  expect(
    await deblend(
      { ...request, x: [1.22, 1.22] },
      context(() => {}),
    ),
  ).toEqual({
    pairs: [],
    mean: undefined,
  });
});

it("the field has arrows where there are blends, and the right ones from one half on", async () => {
  const points = gridPoints(17, 1.2);
  const p1 = densityOf("two-moons").sample(20_000, { seed: 9 });
  for (const alpha of [0.5, 0.6]) {
    const request = { p0: "gaussian", p1: "two-moons", alpha, seed: 1, points };
    const field = await directionField(
      request,
      context(() => {}),
    );
    let [shown, off] = [0, 0];
    for (let i = 0; i < points.length; i += 2) {
      const [dx, dy] = [field[i] ?? 0, field[i + 1] ?? 0];
      if (Number.isNaN(dx)) continue;
      shown++;
      const [ex, ey] = direction([points[i] ?? 0, points[i + 1] ?? 0], alpha, p1);
      if (dx * ex + dy * ey < Math.SQRT1_2 * Math.hypot(dx, dy) * Math.hypot(ex, ey)) off++;
    }
    expect(shown).toBeGreaterThan(180);
    expect(shown).toBeLessThan(points.length / 2);
    // In the very middle between the moons the direction vanishes.
    expect(off).toBeLessThanOrEqual(1);
  }
});

/** The direction at x without deblending: points of p1, weighted by the logarithm of the playground's Gaussian. */
function direction(x: theory.Point, alpha: number, p1: readonly theory.Point[]): theory.Point {
  const x0 = ([a, b]: theory.Point): theory.Point => [
    (x[0] - alpha * a) / (1 - alpha),
    (x[1] - alpha * b) / (1 - alpha),
  ];
  const logs = p1.map((x1) => -(Math.hypot(...x0(x1)) ** 2) / (2 * 0.4 ** 2));
  const most = logs.reduce((a, b) => Math.max(a, b));
  let [total, dx, dy] = [0, 0, 0];
  p1.forEach((x1, i) => {
    const weight = Math.exp((logs[i] ?? 0) - most);
    total += weight;
    dx += weight * (x1[0] - x0(x1)[0]);
    dy += weight * (x1[1] - x0(x1)[1]);
  });
  return [dx / total, dy / total];
}

it("paths from a start that is not on p0 begin at the nearest point that is", async () => {
  const firsts: Float32Array[] = [];
  const request = { p0: "ring", p1: "spiral", seed: 1, steps: 20, start: [0, 0] as const, paths: 3 };
  await randomPaths(
    request,
    context(({ path }: { path: Float32Array }) => firsts.push(path.slice(0, 2))),
  );
  await flow(
    { ...request, starts: Float32Array.of(0, 0) },
    context(({ paths }: { paths: Float32Array }) => firsts.push(paths.slice(0, 2))),
  );
  expect(firsts.length).toBe(4);
  for (const first of firsts) {
    expect(first).toEqual(firsts[0]);
    expect(Math.hypot(...first)).toBeCloseTo(0.6, 2);
  }
});
