/**
 * The three networks of `bench/configs`: training step, forward pass and memory, against PyTorch.
 */
import { contest } from "../lib/contest.mjs";
import { inRoot } from "../lib/processes.mjs";

/** The large one is left out of quick runs: a process of it takes minutes on a small CPU. */
export const points = {
  "unet-32": { size: 32, batch: 16, quick: true },
  "unet-64": { size: 32, batch: 16, quick: true },
  official: { size: 64, batch: 2, quick: false },
};

/**
 * @param {import("../lib/contest.mjs").Settings & { quick: boolean, only?: string, say: (text: string) => void }} settings
 */
export async function networks(settings) {
  const wanted = Object.entries(points).filter(([name, { quick }]) =>
    Object.hasOwn(points, settings.only ?? "") ? name === settings.only : quick || !settings.quick,
  );
  const rows = [];
  for (const [name, { size, batch }] of wanted) {
    settings.say(`network ${name}`);
    const config = inRoot(`bench/configs/${name}.json`);
    rows.push({ name, size, batch, results: await contest({ config, batch, size }, settings) });
  }
  return rows;
}
