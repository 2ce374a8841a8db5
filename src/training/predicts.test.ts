/**
 * Whatever a network predicts, the same exact means give the same direction.
 */
import { expect, it } from "vitest";
import type { Deblender } from "../batch.ts";
import { constant, evaluate } from "../tensor/index.ts";
import { directionOf, type Predicts, parametrisations } from "./predicts.ts";

// Two points, whose means are known: a perfect network of any parametrisation then gives the same direction.
const alpha = 0.4;
const x0bar = [0.7, -0.2, 0.1, 0.9];
const x1bar = [-1.3, 0.5, 0.3, -0.4];
const x = {
  data: Float32Array.from(x0bar, (value, i) => (1 - alpha) * value + alpha * (x1bar[i] ?? 0)),
  shape: [2, 2] as const,
};

it.each(Object.keys(parametrisations) as Predicts[])(
  "a perfect prediction of %s is the direction",
  async (predicts) => {
    const target = parametrisations[predicts].target(
      constant(Float32Array.from(x0bar), [2, 2]),
      constant(Float32Array.from(x1bar), [2, 2]),
    );
    const predict: Deblender = async () => ({
      data: Float32Array.from(evaluate([target], new Map())[0] ?? []),
      shape: [2, target.shape[1] ?? 0],
    });
    const { data } = await directionOf(predict, predicts)(x, alpha);
    x0bar.forEach((value, i) => {
      expect(data[i]).toBeCloseTo((x1bar[i] ?? 0) - value, 5);
    });
  },
);

it("divides a little inside where a parametrisation is singular", async () => {
  const predict: Deblender = async ({ shape }) => ({ data: new Float32Array(4), shape });
  for (const [predicts, end] of [
    ["x0", 0],
    ["x1", 1],
  ] as const) {
    const { data } = await directionOf(predict, predicts)(x, end);
    expect([...data].every(Number.isFinite)).toBe(true);
  }
});
