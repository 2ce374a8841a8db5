/**
 * What a training step's time goes into, in the plain layout and in the one that the CPU is fastest in.
 */
import { deblend, inRoot } from "../lib/processes.mjs";

const POINT = { name: "unet-64", batch: 16, size: 32 };

/**
 * @typedef {{ operation: string, kernel: string, ms: number, calls: number }} Row
 * @param {{ quick: boolean, threads: number, say: (text: string) => void }} settings
 */
export async function profile({ quick, threads, say }) {
  const name = quick ? "unet-32" : POINT.name;
  /** @type {Record<string, readonly Row[]>} */
  const layouts = {};
  for (const layout of ["plain", "best"]) {
    say(`profile of ${name}, ${layout} layout`);
    const { stdout } = await deblend([
      ...[
        "bench",
        "--model",
        inRoot(`bench/configs/${name}.json`),
        "--layout",
        layout,
        "--profile",
        "--json",
      ],
      ...["--batch", String(POINT.batch), "--size", String(POINT.size), "--threads", String(threads)],
      ...["--repeats", "3"],
    ]);
    layouts[layout] = JSON.parse(stdout).profile;
  }
  return { name, layouts };
}
