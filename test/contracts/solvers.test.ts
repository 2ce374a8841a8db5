/**
 * The contract of every solver: its measured order is the declared one, and it evaluates as often as it says.
 */
import { describe, expect, it } from "vitest";
import type { Batch, Deblender } from "../../src/batch.ts";
import { alphaGrid, gridNames, solve, solvers } from "../../src/solvers/index.ts";

/** Four equations at once, dx / d alpha = x cos(w alpha) from x(0) = 1, so x(alpha) = exp(sin(w alpha) / w). */
const FREQUENCIES = [1, 2, 3, 4];

function equation(): { deblend: Deblender; evaluations: () => number } {
  let count = 0;
  return {
    deblend: async (x, alpha) => {
      count += 1;
      const time = typeof alpha === "number" ? alpha : (alpha[0] ?? 0);
      return {
        shape: x.shape,
        data: x.data.map((value, i) => value * Math.cos((FREQUENCIES[i] ?? 0) * time)),
      };
    },
    evaluations: () => count,
  };
}

const start: Batch = { data: Float32Array.of(1, 1, 1, 1), shape: [4, 1] };
const exact = FREQUENCIES.map((w) => Math.exp(Math.sin(w) / w));

describe.each(Object.values(solvers))("$name", (solver) => {
  it.each(gridNames)("has the order it declares on the %s grid", async (name) => {
    // Few enough steps that float32 rounding stays far below the error.
    const errors: number[] = [];
    const counts = solver.order > 2 ? [4, 8] : [8, 16, 32];
    for (const steps of counts) {
      const { data } = await solve(equation().deblend, start, { solver, grid: alphaGrid(name, steps) });
      errors.push(Math.hypot(...exact.map((value, i) => value - (data[i] ?? 0))));
    }
    const measured = Math.log2((errors.at(-2) ?? 1) / (errors.at(-1) ?? 1));
    expect(measured).toBeGreaterThan(solver.order - 0.4);
  });

  it("evaluates as often as it declares", async () => {
    const { deblend, evaluations } = equation();
    await solve(deblend, start, { solver, grid: alphaGrid("uniform", 5) });
    expect(evaluations()).toBe(5 * solver.evaluationsPerStep);
  });

  it("stops with a sentence when numbers blow up", async () => {
    const explode: Deblender = async (x) => ({ shape: x.shape, data: x.data.map(() => Number.NaN) });
    await expect(solve(explode, start, { solver, grid: alphaGrid("uniform", 2) })).rejects.toThrow(
      /left the range of numbers at step 1 of 2/,
    );
  });
});

it("grids ascend from 0 to 1", () => {
  for (const name of gridNames) {
    const grid = alphaGrid(name, 7);
    expect([grid[0], grid.at(-1)]).toEqual([0, 1]);
    expect([...grid].every((alpha, i) => i === 0 || alpha > (grid[i - 1] ?? 1))).toBe(true);
  }
  expect(() => alphaGrid("uniform", 0)).toThrow(/whole number from 1, but got 0/);
});
