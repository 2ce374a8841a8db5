/** The worker thread that prepares batches, as it is built. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { batchMaker, emptyBatch } from "../../src/data/index.ts";
import type * as Data from "../../src/node/data/index.ts";

// A worker needs compiled files; the name is a variable so that the compiler does not look for them.
const built = new URL("../../dist/node/data/index.js", import.meta.url).href;
const { openBatches, openImageDataset } = (await import(/* @vite-ignore */ built)) as typeof Data;

const root = mkdtempSync(join(tmpdir(), "deblend-batches-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function dataset() {
  for (let i = 0; i < 5; i++) {
    const background = { r: 50 * i, g: 255 - 50 * i, b: 99 };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(join(root, `${i}.png`));
  }
  return openImageDataset(root, { size: 8, channels: "rgb", cacheDirectory: join(root, ".cache") });
}

it("prepares the same batches as the pure function, from any k, in a fixed set of arrays", async () => {
  const data = await dataset();
  const options = { seed: 3, batch: 4, flip: true };
  const make = batchMaker(data, options);
  const queue = openBatches({ ...options, cacheFile: data.cacheFile, shape: data.shape, from: 17 });
  for (let k = 17; k < 40; k++) {
    const batch = await queue.next(k);
    const expected = emptyBatch(data.shape, 4);
    make(k, expected);
    expect(batch).toEqual(expected);
    queue.recycle(batch);
  }
  await expect(queue.next(99)).rejects.toThrow("Batch 99 was asked for, but the next one is 40");
  await queue.close();
  await expect(queue.next(40)).rejects.toThrow("closed");
  data.close();
});

it("does not wait for ever where nothing was recycled", async () => {
  const data = await dataset();
  const options = { seed: 3, batch: 4, flip: false, from: 0, ahead: 1 };
  const queue = openBatches({ ...options, cacheFile: data.cacheFile, shape: data.shape });
  await queue.next(0);
  await expect(queue.next(1)).rejects.toThrow("recycle the ones before it first");
  await queue.close();
  data.close();
});

it("turns what goes wrong in the worker into a sentence", async () => {
  const queue = openBatches({
    ...{ cacheFile: join(root, "nowhere"), shape: [3, 8, 8], seed: 0, batch: 2, flip: false, from: 0 },
  });
  await expect(queue.next(0)).rejects.toThrow(/is missing or damaged: open the images again/);
  await queue.close();
});
