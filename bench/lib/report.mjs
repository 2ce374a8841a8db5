/**
 * The measurements as a page of Markdown tables.
 */
import { scalingTables } from "./scalingTables.mjs";
import { digits, ratio, table } from "./table.mjs";

/**
 * @typedef {import("./contest.mjs").Measured} Measured
 * @typedef {{ name: string, size: number, batch: number, results: Record<string, Measured> }} NetworkRow
 *
 * What there is of each section; of peers `null`, where they are not installed.
 *
 * @typedef {object} Results
 * @property {readonly NetworkRow[]} [networks]
 * @property {Parameters<typeof scalingTables>[0]} [scaling]
 * @property {Record<string, number>} [cold-start]
 * @property {Record<string, number>} [data]
 * @property {readonly { name: string, syntheticMs: number, realMs: number }[]} [real-data]
 * @property {{ name: string, layouts: Record<string, readonly ProfileRow[]> }} [profile]
 * @property {Record<string, Measured> | null} [peers]
 *
 * @typedef {import("../sections/profile.mjs").Row} ProfileRow
 */

const CAPTION = {
  networks:
    "The same work in each: blend, network, mean squared error, gradients, clipping, Adam, moving average, in float32. " +
    "Medians over whole processes that took turns. A ratio is PyTorch's time (or memory) over deblend's: above 1, deblend is better. " +
    "Memory is the process's largest, by the end of the training steps.",
  scaling: "A training step of `unet-32` in milliseconds, one thing changed at a time.",
  "real-data":
    "A training step, batch 16, 32x32, on one batch that is there already and on batches of JPEGs that the worker prepares: medians of steps in turns.",
  profile:
    "A training step by operation, under ONNX Runtime's profiler, which adds about 13 us a call. A composite operation stands for all that it is made of; `add` has the convolutions that take a sum along.",
  peers: "A 3x3 convolution of 64 channels, batch 16, 32x32: GFLOP/s, more is better.",
};

/** @param {string} title @param {readonly string[]} parts */
const section = (title, ...parts) => [`## ${title}`, ...parts].join("\n\n");

/** @param {readonly NetworkRow[]} rows */
function networks(rows) {
  const measures = [
    ["train step, ms", "trainStepMs"],
    ["sampling step, ms", "forwardMs"],
    ["memory, MB", "peakRssMb"],
    ["whole process, ms", "processMs"],
  ];
  const spread = (/** @type {Measured} */ found) =>
    `${digits(found.fastestMs)} to ${digits(found.slowestMs)}`;
  const lines = rows.flatMap(({ name, size, batch, results }) => {
    const ours = results.deblend;
    return Object.entries(results).map(([who, found]) => [
      `${name}, ${batch}x${size}x${size}`,
      who,
      ...(found.error !== undefined
        ? [String(found.error), "", "", "", ""]
        : measures.map(([, key]) =>
            who === "deblend"
              ? digits(found[key])
              : `${digits(found[key])} (${ratio(found[key], ours?.[key])})`,
          )),
      ...(found.error !== undefined ? [] : [spread(found)]),
    ]);
  });
  const missing = rows.some(({ results }) => Object.keys(results).length === 1);
  return section(
    "Networks",
    CAPTION.networks,
    table(["network", "", ...measures.map(([title]) => title), "train step of the processes"], lines),
    ...(missing ? ["PyTorch is not there: no Python that was tried can `import torch`."] : []),
  );
}

/** @param {Record<string, number>} found */
const coldStart = (found) =>
  section(
    "Cold start",
    table(
      ["whole process", "ms"],
      Object.entries(found).map(([name, ms]) => [name, digits(ms)]),
    ),
  );

/** @param {Record<string, number>} found */
const data = (found) =>
  section(
    "Data pipeline",
    table(
      ["", ""],
      [
        [
          `JPEGs of 256x256 decoded to 64x64, a second (${found.images} files)`,
          digits(found.decodedPerSecond),
        ],
        ["opening the decoded set again, ms", digits(found.reopenMs)],
        [`batches of ${found.batch} from the worker, a second`, digits(found.batchesPerSecond)],
      ],
    ),
  );

/** @param {readonly { name: string, syntheticMs: number, realMs: number }[]} rows */
const realData = (rows) =>
  section(
    "Real data",
    CAPTION["real-data"],
    table(
      ["network", "one batch, ms", "batches from the worker, ms", "costs"],
      rows.map(({ name, syntheticMs, realMs }) => [
        name,
        digits(syntheticMs),
        digits(realMs),
        `${(100 * (realMs / syntheticMs - 1)).toFixed(1)} %`,
      ]),
    ),
  );

/** Rows of a profile that are shown. */
const PROFILE_ROWS = 16;

/** @param {{ name: string, layouts: Record<string, readonly ProfileRow[]> }} found */
const profile = ({ name, layouts }) =>
  section(
    "Profile",
    `${CAPTION.profile} Network: ${name}.`,
    ...Object.entries(layouts).map(([layout, rows]) => {
      const total = rows.reduce((sum, { ms }) => sum + ms, 0);
      const line = (/** @type {number} */ ms, /** @type {readonly string[]} */ ...words) => [
        digits(ms),
        `${((100 * ms) / total).toFixed(1)} %`,
        ...words.flat(),
      ];
      const rest = rows.slice(PROFILE_ROWS).reduce((sum, { ms }) => sum + ms, 0);
      return table(
        [`ms, ${layout} layout`, "", "calls", "kernel", "operation"],
        [
          ...rows
            .slice(0, PROFILE_ROWS)
            .map(({ ms, calls, kernel, operation }) => line(ms, [String(calls), kernel, operation])),
          line(rest, ["", "", "all others"]),
          line(total, ["", "", "together"]),
        ],
      );
    }),
  );

/** @param {Record<string, Measured> | null} found */
function peers(found) {
  if (found === null) {
    return section(
      "Other libraries of JavaScript",
      "Not installed: `npm install` in `bench/peers` to time them.",
    );
  }
  const lines = Object.entries(found).map(([name, { forward, filterGradient, error }]) => [
    name,
    digits(forward),
    digits(filterGradient),
    String(error ?? ""),
  ]);
  return section(
    "Other libraries of JavaScript",
    CAPTION.peers,
    table(["", "forward", "filter gradient", ""], lines),
  );
}

/** @param {{ date: string, machine: Record<string, unknown>, settings: Record<string, unknown>, results: Results }} report */
export function markdown({ date, machine, settings, results }) {
  const facts = (/** @type {Record<string, unknown>} */ map) =>
    Object.entries(map)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} ${value}`)
      .join(", ");
  const parts = [
    results.networks && networks(results.networks),
    results.scaling && section("Scaling", CAPTION.scaling, ...scalingTables(results.scaling)),
    results["cold-start"] && coldStart(results["cold-start"]),
    results.data && data(results.data),
    results["real-data"] && realData(results["real-data"]),
    results.profile && profile(results.profile),
    results.peers !== undefined && peers(results.peers),
  ];
  const head = [`# Benchmark of ${date}`, `Machine: ${facts(machine)}.`, `Settings: ${facts(settings)}.`];
  return `${[...head, ...parts.filter(Boolean)].join("\n\n")}\n`;
}
