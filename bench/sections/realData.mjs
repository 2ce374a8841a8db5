/**
 * What real images cost a training step: steps on batches from the worker thread against steps on one batch that is there
 * already, in turns.
 *
 * The worker prepares batches while the step computes, so what it costs is the time that it takes from the step's own threads.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../lib/processes.mjs";
import { median } from "../lib/statistics.mjs";
import { inTemporaryFolder } from "../lib/temporary.mjs";
import { writeJpegs } from "./dataPipeline.mjs";

const [SIZE, BATCH, AHEAD] = [32, 16, 4];

/** @param {{ quick: boolean, threads: number, say: (text: string) => void }} settings */
export function realData({ quick, threads, say }) {
  return inTemporaryFolder(async (folder) => {
    const { openBatches, openDevice, openImageDataset } = await import(inRoot("dist/node/index.js"));
    const library = await import(inRoot("dist/index.js"));
    const { createTrainingStep, freshState, optimisers, parseUNetConfig, unet } = library;
    const source = join(folder, "images");
    await writeJpegs(source, 256);
    const dataset = await openImageDataset(source, {
      size: SIZE,
      channels: "rgb",
      cacheDirectory: join(folder, "cache"),
    });
    const { cacheFile, shape } = dataset;
    dataset.close();
    const device = await openDevice("cpu", { threads });

    const rows = [];
    for (const name of quick ? ["unet-32"] : ["unet-32", "unet-64"]) {
      say(`real data, ${name}`);
      const network = unet(
        parseUNetConfig(JSON.parse(readFileSync(inRoot(`bench/configs/${name}.json`), "utf8"))),
      );
      const step = await createTrainingStep(device, network, {
        ...{ batch: BATCH, event: [3, SIZE, SIZE], initial: freshState(network, 0) },
        ...{ optimiser: optimisers.adam(), clip: 1, reduction: "mean", accumulate: 1 },
      });
      let number = 0;
      /** @param {unknown} batch @returns {Promise<number>} milliseconds */
      const timed = async (batch) => {
        const began = performance.now();
        number += 1;
        await step.run([batch], { learningRate: 1e-4, emaDecay: 0.999, step: number });
        return performance.now() - began;
      };
      const [synthetic, real] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
      const [rounds, steps] = quick ? [2, 6] : [4, 10];
      for (let round = 0; round < rounds; round++) {
        const queue = openBatches({
          ...{ cacheFile, shape, seed: round, batch: BATCH, flip: true, from: 0, ahead: AHEAD },
        });
        // The first ones are there before the first step, and would cost nothing.
        for (let k = 0; k < AHEAD + steps; k++) {
          const began = performance.now();
          const batch = await queue.next(k);
          const waited = performance.now() - began;
          const ms = await timed(batch);
          queue.recycle(batch);
          if (k >= AHEAD) real.push(waited + ms);
        }
        const kept = await queue.next(AHEAD + steps);
        await queue.close();
        await timed(kept);
        for (let k = 0; k < steps; k++) synthetic.push(await timed(kept));
      }
      await step.dispose();
      rows.push({ name, syntheticMs: median(synthetic), realMs: median(real) });
    }
    return rows;
  });
}
