/**
 * The contract of every density: its evaluation integrates to 1 and agrees with its samples and its places; samples repeat with
 * the key.
 */
import { describe, expect, it } from "vitest";
import { latticePoint } from "../lattice.ts";
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

  it("is where its lattice is carried to", () => {
    const count = 4096;
    const places = Array.from({ length: count }, (_, i) =>
      density.place(...latticePoint(i, [0.5, 0.5, 0.5])),
    );
    // How much of it lies in each cell of a coarse grid, by counting and by its evaluation.
    for (let column = -6; column < 6; column++) {
      for (let row = -6; row < 6; row++) {
        const [left, low] = [column / 4, row / 4];
        const inside = (v: number, from: number) => v >= from && v < from + 1 / 4;
        const counted = places.filter(([x, y]) => inside(x, left) && inside(y, low)).length / count;
        const side = 50;
        let mass = 0;
        for (let i = 0; i < side * side; i++) {
          const [x, y] = [
            left + ((i % side) + 0.5) / (4 * side),
            low + (Math.floor(i / side) + 0.5) / (4 * side),
          ];
          mass += density.pdf(x, y) / (4 * side) ** 2;
        }
        expect(Math.abs(counted - mass)).toBeLessThan(0.004);
      }
    }
    expect(places.every(([x, y]) => density.pdf(x, y) > 0)).toBe(true);
  });

  it("repeats with its key", () => {
    expect(density.sample(5, { seed: 2, index: 7 })).toEqual(density.sample(5, { seed: 2, index: 7 }));
    expect(density.sample(5, { seed: 2, index: 8 })).not.toEqual(density.sample(5, { seed: 2, index: 7 }));
  });
});

it("a white image is refused", () => {
  expect(() => imageDensity(new Float32Array(4).fill(1), 2, 2)).toThrow(/white everywhere/);
});
