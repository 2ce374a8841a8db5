/**
 * The data pipeline alone: decoding JPEGs of 256x256 to 64x64, and batches of them from the worker thread.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { inRoot } from "../lib/processes.mjs";
import { inTemporaryFolder } from "../lib/temporary.mjs";

const [SIDE, SIZE, BATCH] = [256, 64, 32];

/** Photographs' size and smoothness, more or less: blurred noise. @param {string} folder @param {number} count */
export async function writeJpegs(folder, count) {
  mkdirSync(folder);
  const noise = { type: /** @type {const} */ ("gaussian"), mean: 128, sigma: 60 };
  const create = {
    width: SIDE,
    height: SIDE,
    channels: /** @type {const} */ (3),
    background: "black",
    noise,
  };
  for (let i = 0; i < count; i++) {
    await sharp({ create })
      .blur(2)
      .jpeg({ quality: 90 })
      .toFile(join(folder, `${i}.jpg`));
  }
}

/** @param {{ quick: boolean, say: (text: string) => void }} settings */
export function dataPipeline({ quick, say }) {
  say("data pipeline");
  return inTemporaryFolder(async (folder) => {
    const { openBatches, openImageDataset } = await import(inRoot("dist/node/index.js"));
    const images = quick ? 256 : 1024;
    const source = join(folder, "images");
    await writeJpegs(source, images);
    const options = { size: SIZE, channels: "rgb", cacheDirectory: join(folder, "cache") };

    let began = performance.now();
    const dataset = await openImageDataset(source, options);
    const decodeSeconds = (performance.now() - began) / 1000;
    const { cacheFile, shape } = dataset;
    dataset.close();

    began = performance.now();
    (await openImageDataset(source, options)).close();
    const reopenMs = performance.now() - began;

    const queue = openBatches({ cacheFile, shape, seed: 0, batch: BATCH, flip: true, from: 0, ahead: 4 });
    const [warmup, count] = [10, quick ? 100 : 400];
    for (let k = 0; k < warmup + count; k++) {
      if (k === warmup) began = performance.now();
      queue.recycle(await queue.next(k));
    }
    const batchesPerSecond = (1000 * count) / (performance.now() - began);
    await queue.close();
    return { images, decodedPerSecond: images / decodeSeconds, reopenMs, batch: BATCH, batchesPerSecond };
  });
}
