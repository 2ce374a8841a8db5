/**
 * The learning rate warms up and falls as it is declared; the decay of the average warms up too.
 */
import { describe, expect, it } from "vitest";
import { emaDecayAt, learningRateAt } from "./schedules.ts";

const options = { learningRate: 0.5, warmup: 10, schedule: "cosine", steps: 110 } as const;

describe("the learning rate", () => {
  it("rises linearly, then falls along half a cosine towards 0", () => {
    expect(learningRateAt(1, options)).toBeCloseTo(0.05);
    expect(learningRateAt(10, options)).toBe(0.5);
    expect(learningRateAt(11, options)).toBe(0.5);
    expect(learningRateAt(61, options)).toBeCloseTo(0.25);
    expect(learningRateAt(110, options)).toBeGreaterThan(0);
    expect(learningRateAt(111, options)).toBeCloseTo(0);
  });

  it("stays where it is when constant, also without a warm-up", () => {
    expect(learningRateAt(1, { ...options, warmup: 0, schedule: "constant" })).toBe(0.5);
    expect(learningRateAt(1000, { ...options, schedule: "constant" })).toBe(0.5);
  });

  it("trains in a run of one step", () => {
    expect(learningRateAt(1, { ...options, warmup: 0, steps: 1 })).toBe(0.5);
  });
});

describe("the average's decay", () => {
  it("grows with the steps up to the decay asked for", () => {
    expect(emaDecayAt(1, 0.999)).toBeCloseTo(2 / 11);
    expect(emaDecayAt(90, 0.999)).toBeCloseTo(91 / 100);
    expect(emaDecayAt(1e6, 0.999)).toBe(0.999);
    expect(emaDecayAt(5, 0)).toBe(0);
  });
});
