/**
 * Batches of the training in the page: made while the step before them is computed, and the same in any case.
 */
import { expect, it } from "vitest";
import { batchMaker, emptyBatch, type ImageDataset } from "../../src/index.ts";
import { batchesOf } from "../../studio/src/worker/operations/trainImages.ts";

const config = { seed: 3, batch: 4, flip: true };

/** Eight pictures, and how many of them have been read. */
function counted() {
  let reads = 0;
  const dataset: ImageDataset = {
    length: 8,
    shape: [1, 2, 2],
    read: (index, out) => {
      reads++;
      out.set([index, 1, 2, 3]);
    },
  };
  return { dataset, reads: () => reads };
}
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

it("makes the next batch while the thread waits for the step", async () => {
  const { dataset, reads } = counted();
  const batches = batchesOf(dataset, config);
  await batches.next(0);
  expect(reads()).toBe(4);
  await turn();
  expect(reads()).toBe(8);
  await batches.next(1);
  expect(reads()).toBe(8);
});

it("gives batch k of the run whether there was time to make it or not, and reuses its arrays", async () => {
  const { dataset } = counted();
  const expected = (k: number) => {
    const out = emptyBatch(dataset.shape, config.batch);
    batchMaker(dataset, config)(k, out);
    return out;
  };
  const batches = batchesOf(dataset, config);
  const seen = new Set<Float32Array>();
  for (let k = 0; k < 12; k++) {
    const batch = await batches.next(k);
    if (k % 3 > 0) await turn();
    // What is made ahead lies in other arrays than the batch at hand.
    expect(batch).toEqual(expected(k));
    seen.add(batch.x1);
    batches.recycle?.(batch);
  }
  // From the middle of a run as well.
  expect(await batchesOf(dataset, config).next(7)).toEqual(expected(7));
  expect(seen.size).toBeLessThanOrEqual(3);
});
