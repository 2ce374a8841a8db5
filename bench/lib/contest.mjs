/**
 * One network at one batch and size: deblend and PyTorch as whole processes in turn (A B A B ...), then medians.
 *
 * Taking turns spreads what else the machine does over all of them.
 */
import { deblend, inRoot, messageOf, python, pytorch } from "./processes.mjs";
import { medians } from "./statistics.mjs";

/**
 * @typedef {object} Settings
 * @property {"cpu" | "webgpu"} device
 * @property {number} threads
 * @property {number} rounds processes of each kind
 * @property {number} repeats timed runs in a process
 *
 * @typedef {object} Point
 * @property {string} config a file
 * @property {number} batch
 * @property {number} size
 *
 * @typedef {Record<string, number | string>} Measured medians by name, with the fastest and the slowest process's training step and
 *   the whole process's time; or `error` with a sentence
 *
 * @typedef {(words: readonly string[], config: string) => Promise<{ stdout: string, ms: number }>} Start
 */

/**
 * Who takes part: on a GPU, PyTorch in plain float32 and with TF32's shorter factors.
 *
 * @param {Settings} settings
 * @returns {Record<string, Start>}
 */
function contestants({ device }) {
  /** @type {Record<string, Start>} */
  const ours = {
    deblend: (words, config) => deblend(["bench", "--model", config, ...words, "--device", device, "--json"]),
  };
  if (pytorch === undefined) return ours;
  const step = (/** @type {string[]} */ ...more) => {
    /** @type {Start} */
    const start = (words, config) => python([inRoot("bench/pytorch/step.py"), config, ...words, ...more]);
    return start;
  };
  return device === "cpu"
    ? { ...ours, pytorch: step() }
    : {
        ...ours,
        "pytorch float32": step("--device", "cuda"),
        "pytorch TF32": step("--device", "cuda", "--tf32"),
      };
}

/**
 * @param {Point} point
 * @param {Settings} settings
 * @returns {Promise<Record<string, Measured>>} medians by contestant
 */
export async function contest({ config, batch, size }, settings) {
  const { threads, rounds, repeats } = settings;
  const words = Object.entries({ batch, size, threads, repeats }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const takingPart = Object.entries(contestants(settings));
  /** @type {Map<string, Record<string, unknown>[]>} */
  const reports = new Map(takingPart.map(([name]) => [name, []]));
  const failures = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of takingPart) {
      if (failures.has(name)) continue;
      try {
        const { stdout, ms } = await start(words, config);
        reports.get(name)?.push({ ...JSON.parse(stdout), processMs: ms });
      } catch (thrown) {
        failures.set(name, messageOf(thrown));
      }
    }
  }
  return Object.fromEntries(
    takingPart.map(([name]) => {
      const done = reports.get(name) ?? [];
      if (done.length === 0) return [name, { error: failures.get(name) }];
      const steps = done.map(({ trainStepMs }) => Number(trainStepMs));
      const spread = { fastestMs: Math.min(...steps), slowestMs: Math.max(...steps), processes: done.length };
      return [name, { ...medians(done), ...spread }];
    }),
  );
}
