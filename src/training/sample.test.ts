/**
 * Sampling: an image depends on its index alone, and follows the deblender from alpha 0 to 1.
 */
import { describe, expect, it } from "vitest";
import type { Deblender } from "../batch.ts";
import { type SampleOptions, sample, sampleNoise } from "./sample.ts";

/** Towards 1 in every number: D = (1 - x) / (1 - alpha), whose paths are straight. */
const towardsOne: Deblender = async (x, alpha) => ({
  shape: x.shape,
  data: x.data.map((value) => (1 - value) / (1 - Number(alpha))),
});

const options: SampleOptions = { event: [1, 2, 2], count: 5, batch: 2, seed: 3, steps: 4 };

describe("sampling", () => {
  it("gives an image its noise by its index", () => {
    const all = sampleNoise([1, 2, 2], 3, 0, 5);
    expect(all.shape).toEqual([5, 1, 2, 2]);
    expect(sampleNoise([1, 2, 2], 3, 3, 2).data).toEqual(all.data.slice(12));
    expect(sampleNoise([1, 2, 2], 4, 0, 5).data).not.toEqual(all.data);
  });

  it("follows the deblender to alpha 1", async () => {
    const { data, shape } = await sample(towardsOne, options);
    expect(shape).toEqual([5, 1, 2, 2]);
    for (const value of data) expect(value).toBeCloseTo(1, 6);
  });

  it("does not depend on the batch, the last one included", async () => {
    const halfway: Deblender = async (x) => ({
      shape: x.shape,
      data: x.data.map((value) => Math.sin(3 * value)),
    });
    const expected = await sample(halfway, { ...options, batch: 1 });
    for (const batch of [2, 3, 5, 8]) {
      expect((await sample(halfway, { ...options, batch })).data).toEqual(expected.data);
    }
  });

  it("tells every step of every batch", async () => {
    const seen: string[] = [];
    await sample(towardsOne, {
      ...options,
      steps: 2,
      onStep: ({ done, total, first, alpha, x }) =>
        seen.push(`${done}/${total} ${first} ${alpha} ${x.shape[0]}`),
    });
    expect(seen).toEqual([
      // The last batch is as large as the others: it draws the image at 3 again.
      ...["1/6 0 0.5 2", "2/6 0 1 2", "3/6 2 0.5 2", "4/6 2 1 2", "5/6 3 0.5 2", "6/6 3 1 2"],
    ]);
  });

  it("stops when told to, and refuses what makes no sense", async () => {
    await expect(sample(towardsOne, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(/^Stopped/);
    await expect(sample(towardsOne, { ...options, count: 0 })).rejects.toThrow(
      /count must be a whole number/,
    );
    await expect(sample(towardsOne, { ...options, batch: 1.5 })).rejects.toThrow(
      /batch must be a whole number/,
    );
  });
});
