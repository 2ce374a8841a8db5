/**
 * The lattice fills the cube evenly: what it says of a mean or a volume is nearer than what as many random points would.
 */
import { expect, it } from "vitest";
import { latticePoint, type Place } from "./lattice.ts";

const COUNT = 1024;
const shifts = Array.from({ length: 16 }, (_, i): Place => [i / 16, (i * 0.3) % 1, (i * 0.7) % 1]);
const points = (shift: Place) => Array.from({ length: COUNT }, (_, i) => latticePoint(i, shift));

/** Root mean square error over all shifts of the mean of something that has a known one. */
const error = (of: (place: Place) => number, known: number) => {
  const errors = shifts.map(
    (shift) => points(shift).reduce((sum, place) => sum + of(place), 0) / COUNT - known,
  );
  return Math.sqrt(errors.reduce((sum, value) => sum + value * value, 0) / shifts.length);
};

it("stays inside the cube", () => {
  expect(points([0.3, 0.9, 0.6]).every((place) => place.every((part) => part >= 0 && part < 1))).toBe(true);
});

it("means and volumes come out at a third of the error of random points, or less", () => {
  const random = (variance: number) => Math.sqrt(variance / COUNT);
  for (const axis of [0, 1, 2] as const) {
    expect(error((place) => place[axis], 0.5)).toBeLessThan(random(1 / 12) / 3);
    const other = (axis + 1) % 3;
    const square = (place: Place) => ((place[axis] ?? 1) < 0.6 && (place[other] ?? 1) < 0.3 ? 1 : 0);
    expect(error(square, 0.18)).toBeLessThan(random(0.18 * 0.82) / 3);
  }
  expect(error(([u, v, w]) => (u < 0.5 && v < 0.5 && w < 0.5 ? 1 : 0), 0.125)).toBeLessThan(
    random(0.125 * 0.875) / 3,
  );
});
