/**
 * `npm run bench`: measures deblend against PyTorch and other libraries on this machine and writes a dated report.
 *
 *   npm run bench [-- --quick] [-- --only NAME] [-- --device webgpu] [-- --threads N]
 *
 * NAME is a section (networks, scaling, cold-start, data, real-data, profile, peers) or a network (unet-32, unet-64, official). The numbers
 * go to bench/results, as JSON and as Markdown, and are written after each section; partial runs get files of their own.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine, machineName } from "./lib/machine.mjs";
import { inRoot } from "./lib/processes.mjs";
import { markdown } from "./lib/report.mjs";
import { coldStart } from "./sections/coldStart.mjs";
import { dataPipeline } from "./sections/dataPipeline.mjs";
import { networks, points } from "./sections/networks.mjs";
import { peers } from "./sections/peers.mjs";
import { profile } from "./sections/profile.mjs";
import { realData } from "./sections/realData.mjs";
import { scaling } from "./sections/scaling.mjs";

/**
 * @typedef {import("./lib/contest.mjs").Settings & {
 *   quick: boolean, only?: string, say: (text: string) => void
 * }} Settings
 */

/** @type {Record<string, (settings: Settings) => Promise<unknown>>} */
const sections = {
  networks,
  ...{ scaling, "cold-start": coldStart, data: dataPipeline, "real-data": realData, profile, peers },
};

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  process.stderr.write(`bench: ${sentence}\n`);
  process.exit(2);
}

function readSettings() {
  const names = [...Object.keys(sections), ...Object.keys(points)];
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      device: { type: "string", default: "cpu" },
      threads: { type: "string", default: "2" },
    },
  });
  const { quick = false, only } = values;
  const device = /** @type {Settings["device"]} */ (values.device);
  const threads = Number(values.threads);
  if (only !== undefined && !names.includes(only))
    refuse(`--only ${only} is unknown: choose ${names.join(", ")}.`);
  if (device !== "cpu" && device !== "webgpu") refuse(`--device ${device} is unknown: choose cpu or webgpu.`);
  if (!Number.isSafeInteger(threads) || threads < 1) refuse("--threads takes a whole number from 1.");
  if (!existsSync(inRoot("dist/cli/main.js"))) refuse("deblend is not built: npm run build first.");
  return { ...{ quick, only, device, threads }, rounds: quick ? 1 : 3, repeats: quick ? 3 : 5 };
}

const settings = readSettings();
const say = (/** @type {string} */ text) => process.stderr.write(`bench: ${text} ...\n`);
const { only } = settings;
const chosen = Object.keys(sections).filter(
  (name) => only === undefined || name === only || (name === "networks" && Object.hasOwn(points, only)),
);

const date = new Date().toISOString().slice(0, 10);
const machine = describeMachine();
mkdirSync(inRoot("bench/results"), { recursive: true });
const partly = [settings.device === "webgpu" && "webgpu", settings.quick && "quick", only].filter(Boolean);
const file = inRoot(`bench/results/${[date, machineName(machine), ...partly].join("-")}`);
/** @type {Record<string, unknown>} */
const results = {};
for (const name of chosen) {
  results[name] = (await sections[name]?.({ ...settings, say })) ?? null;
  const report = { date, machine, settings, results };
  writeFileSync(`${file}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${file}.md`, markdown(report));
}
process.stdout.write(readFileSync(`${file}.md`, "utf8"));
