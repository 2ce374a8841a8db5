/**
 * The contract of every density: its evaluation integrates to 1 and agrees with its samples; samples repeat with the key.
 */
import { describe, expect, it } from "vitest";
import { densities, imageDensity } from "./index.ts";

const ramp = Float32Array.from({ length: 64 }, (_, i) => (i % 8) / 8);

describe.each([...densities.values(), imageDensity(ramp, 8, 8)])("$name", (density) => {
  const cell = 4 / 400;
  const grid = Array.from({ length: 400 }, (_, i) => -2 + (i + 0.5) * cell);

  it("integrates to 1, and so does its mean agree with its samples'", () => {
    let [mass, mx, my] = [0, 0, 0];
    for (const x of grid)
      for (const y of grid) {
        const p = density.pdf(x, y) * cell * cell;
        mass += p;
        mx += p * x;
        my += p * y;
      }
    expect(Math.abs(mass - 1)).toBeLessThan(0.02);
    const points = density.sample(20_000, { seed: 1 });
    const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
    expect(Math.abs(mean(0) - mx)).toBeLessThan(0.02);
    expect(Math.abs(mean(1) - my)).toBeLessThan(0.02);
  });

  it("repeats with its key", () => {
    expect(density.sample(5, { seed: 2, index: 7 })).toEqual(density.sample(5, { seed: 2, index: 7 }));
    expect(density.sample(5, { seed: 2, index: 8 })).not.toEqual(density.sample(5, { seed: 2, index: 7 }));
  });
});

it("a white image is refused", () => {
  expect(() => imageDensity(new Float32Array(4).fill(1), 2, 2)).toThrow(/white everywhere/);
});
