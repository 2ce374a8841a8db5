/**
 * Other tensor libraries of JavaScript on one convolution, where somebody has installed them (`npm ci` in bench/peers).
 */
import { existsSync } from "node:fs";
import { inRoot, messageOf, run } from "../lib/processes.mjs";
import { medians } from "../lib/statistics.mjs";

const scripts = {
  "deblend (ONNX Runtime)": "deblend.mjs",
  "TensorFlow.js (wasm)": "tfjs.mjs",
  "jax-js (wasm)": "jax.mjs",
};

/** @param {{ threads: number, rounds: number, say: (text: string) => void }} settings */
export async function peers({ threads, rounds, say }) {
  if (!existsSync(inRoot("bench/peers/node_modules"))) return undefined;
  /** @type {Map<string, Record<string, unknown>[]>} */
  const reports = new Map(Object.keys(scripts).map((name) => [name, []]));
  const errors = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const [name, script] of Object.entries(scripts)) {
      say(`peer ${name}`);
      try {
        const { stdout } = await run(process.execPath, [inRoot(`bench/peers/${script}`), String(threads)]);
        // Libraries greet on stdout; the report is the last line.
        const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
        if (report.filterGradientError !== undefined) errors.set(name, report.filterGradientError);
        reports.get(name)?.push(report);
      } catch (thrown) {
        errors.set(name, messageOf(thrown));
      }
    }
  }
  return Object.fromEntries(
    [...reports].map(([name, found]) => [
      name,
      { ...medians(found), ...(errors.has(name) && { error: errors.get(name) }) },
    ]),
  );
}
