/**
 * Between the noise of two seeds: the ends are the seeds' own, and the way between them keeps the length.
 */
import { expect, it } from "vitest";
import { sampleNoise } from "../../src/index.ts";
import { slerp, startingNoise } from "../../studio/src/worker/operations/startingNoise.ts";

const EVENT = [3, 16, 16];
const length = (values: Float32Array) => Math.hypot(...values);

it("starts at the first seed's noise and ends at the second's", () => {
  const { data, shape } = startingNoise(EVENT, 5, 7, 8);
  expect(shape).toEqual([5, ...EVENT]);
  const size = data.length / 5;
  for (const [i, seed] of [[0, 7] as const, [4, 8] as const]) {
    const expected = sampleNoise(EVENT, seed, 0, 1).data;
    data.subarray(i * size, (i + 1) * size).forEach((value, j) => {
      expect(value).toBeCloseTo(expected[j] ?? Number.NaN, 5);
    });
  }
});

it("keeps the length of normal noise, which a straight line would not", () => {
  const [a, b] = [sampleNoise(EVENT, 7, 0, 1).data, sampleNoise(EVENT, 8, 0, 1).data];
  const straight = a.map((value, i) => (value + (b[i] ?? 0)) / 2);
  expect(length(straight)).toBeLessThan(0.8 * length(a));
  expect(Math.abs(length(slerp(a, b, 0.5)) / length(a) - 1)).toBeLessThan(0.1);
});

it("moves at a constant angle", () => {
  const half = slerp(Float32Array.of(1, 0), Float32Array.of(0, 1), 1 / 3);
  expect(half[0]).toBeCloseTo(Math.cos(Math.PI / 6), 6);
  expect(half[1]).toBeCloseTo(Math.sin(Math.PI / 6), 6);
  expect([...slerp(Float32Array.of(1, 2), Float32Array.of(1, 2), 0.3)]).toEqual([1, 2]);
});
