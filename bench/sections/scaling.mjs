/**
 * How the training step's time grows with the batch, the size of the images and the channels of the network.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contest } from "../lib/contest.mjs";
import { inRoot } from "../lib/processes.mjs";
import { inTemporaryFolder } from "../lib/temporary.mjs";

const base = { batch: 16, size: 32, channels: 32 };
const allAxes = { batch: [4, 8, 16, 32], size: [16, 32, 64], channels: [16, 32, 64] };
/** What takes a second a step at most. */
const quickAxes = { batch: [4, 16], size: [16, 32], channels: [16, 32] };

/**
 * The points of all axes; the one that they share is measured once.
 *
 * @param {typeof allAxes} axes
 */
function uniquePoints(axes) {
  const points = Object.entries(axes).flatMap(([axis, values]) =>
    values.map((value) => ({ ...base, [axis]: value })),
  );
  return [...new Map(points.map((point) => [JSON.stringify(point), point])).values()];
}

/** @param {import("../lib/contest.mjs").Settings & { quick: boolean, say: (text: string) => void }} settings */
export function scaling(settings) {
  const axes = settings.quick ? quickAxes : allAxes;
  return inTemporaryFolder(async (folder) => {
    const network = JSON.parse(readFileSync(inRoot("bench/configs/unet-32.json"), "utf8"));
    const measured = [];
    for (const point of uniquePoints(axes)) {
      const { batch, size, channels } = point;
      settings.say(`scaling: batch ${batch}, size ${size}, channels ${channels}`);
      const config = join(folder, `${channels}.json`);
      const levels = [channels, 2 * channels, 4 * channels];
      writeFileSync(config, JSON.stringify({ ...network, block_out_channels: levels }));
      measured.push({ ...point, results: await contest({ config, batch, size }, settings) });
    }
    return { base, axes, measured };
  });
}
