/**
 * Measures of reconstruction on pictures whose errors are known by hand.
 */
import { expect, it } from "vitest";
import type { Batch } from "../batch.ts";
import { compareReconstruction } from "./reconstruction.ts";

const batch = (data: number[]): Batch => ({
  data: Float32Array.from(data),
  shape: [data.length / 4, 1, 2, 2],
});

it("measures a constant error", () => {
  const found = compareReconstruction(batch([-0.2, -0.2, 0.8, 0.8]), batch([-0.4, -0.4, 0.6, 0.6]));
  expect(found.absoluteError).toBeCloseTo(0.1, 6);
  expect(found.psnr).toBeCloseTo(20, 4);
  expect(found.colourMeanError).toBeCloseTo(0.1, 6);
  expect(found.colourSpreadError).toBeCloseTo(0, 6);
});

it("tells contrast from colour, and cuts off what cannot be shown", () => {
  const found = compareReconstruction(batch([-3, -1, 1, 2]), batch([0, 0, 0, 0]));
  expect(found.colourMeanError).toBeCloseTo(0, 6);
  expect(found.colourSpreadError).toBeCloseTo(0.5, 6);
  expect(found.psnr).toBeCloseTo(-10 * Math.log10(0.25), 4);
});

it("is finite for equal pictures, a mean over several, and refuses other shapes", () => {
  const same = batch([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(compareReconstruction(same, same).psnr).toBeGreaterThan(50);
  const half = compareReconstruction(same, batch([0, 0, 0, 0, 0.8, 0.8, 0.8, 0.8]));
  expect(half.absoluteError).toBeCloseTo(0.05, 6);
  expect(() => compareReconstruction(same, batch([0, 0, 0, 0]))).toThrow(/of their own shape/);
});
