/**
 * The folder of a run: config.json, metrics.jsonl, checkpoints/ and samples/, written from the trainer's events.
 */
import { appendFile, readdir, readFile, rm, rmdir, truncate } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { DeblendError, messageOf } from "../errors.ts";
import type { UNet } from "../networks/index.ts";
import { checkpointName, SAMPLES_FOLDER, stepOfName } from "../training/checkpoint.ts";
import { parseRunConfig, type RunConfig } from "../training/config.ts";
import type { TrainingEvent } from "../training/events.ts";
import { saveCheckpoint } from "./checkpoints.ts";
import type { CheckpointFileEvent, SampleFileEvent } from "./events.ts";
import { fileError, makeFolder, writeFileSafely } from "./files.ts";
import { plainGrid, type SampleGrid } from "./sampleGrid.ts";

const CONFIG = "config.json";
export const METRICS_FILE = "metrics.jsonl";
export { SAMPLES_FOLDER };

/**
 * Makes the folder of a new run and writes its configuration.
 *
 * @throws DeblendError if something is there already, or nothing can be written there
 */
export async function createRun(folder: string, config: RunConfig): Promise<void> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return [];
    throw fileError("use the run folder", folder, thrown);
  });
  if (names.length > 0) {
    throw new DeblendError(
      `The run folder ${folder} exists and is not empty: go on with that run (--resume) or choose another folder (--out).`,
    );
  }
  await makeFolder(join(folder, SAMPLES_FOLDER)).catch((thrown: unknown) => {
    throw fileError("make the run folder", folder, thrown);
  });
  await writeConfig(folder, config);
}

/** Takes back what `createRun` made, for a run that could not begin; anything else in the folder stays. */
export async function discardRun(folder: string): Promise<void> {
  await rm(join(folder, CONFIG), { force: true });
  for (const path of [join(folder, SAMPLES_FOLDER), folder]) await rmdir(path).catch(() => undefined);
}

/** Writes the configuration, replacing what was there. */
export async function writeConfig(folder: string, config: RunConfig): Promise<void> {
  await writeFileSafely(join(folder, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}

/** The configuration of a run. */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const path = join(folder, CONFIG);
  const text = await readFile(path, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") {
      throw new DeblendError(
        `${folder} is not the folder of a run: it has no ${CONFIG}; start the run without --resume.`,
      );
    }
    throw fileError("read", path, thrown);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new DeblendError(`${path} is damaged: ${messageOf(thrown)}.`);
  }
  return parseRunConfig(value, path);
}

/** The configuration of the run that a model is, or that a checkpoint lies in; undefined where there is none. */
export async function runOfModel(path: string): Promise<RunConfig | undefined> {
  const isCheckpoint = stepOfName(basename(resolve(path))) !== undefined;
  return readRunConfig(isCheckpoint ? join(path, "..", "..") : path).catch(() => undefined);
}

/** Cuts the metrics off after `step`: what came later will be trained, and written, again. */
export async function truncateMetrics(folder: string, step: number): Promise<void> {
  const path = join(folder, METRICS_FILE);
  const text = await readFile(path, "utf8").catch(() => "");
  let length = 0;
  for (const line of text.split(/(?<=\n)/)) {
    // A line that a kill cut short has no end, or is no JSON.
    if (!line.endsWith("\n") || !(stepOf(line) <= step)) break;
    length += Buffer.byteLength(line);
  }
  if (length < Buffer.byteLength(text)) {
    await truncate(path, length).catch((thrown: unknown) => {
      throw fileError("shorten", path, thrown);
    });
  }
}

function stepOf(line: string): number {
  try {
    return Number((JSON.parse(line) as { step?: unknown } | null)?.step);
  } catch {
    return Number.NaN;
  }
}

/** Writes what a trainer tells into the run's folder, and tells it on, with files in the place of numbers. */
export async function* recordRun(
  events: AsyncIterable<TrainingEvent>,
  {
    folder,
    config,
    network,
    grid = plainGrid,
  }: {
    readonly folder: string;
    readonly config: RunConfig;
    readonly network: UNet;
    /** How samples become a picture; a plain grid by default. */
    readonly grid?: Pick<SampleGrid, "write">;
  },
): AsyncGenerator<
  Exclude<TrainingEvent, { type: "samples" | "checkpoint" }> | SampleFileEvent | CheckpointFileEvent
> {
  let seconds = 0;
  for await (const event of events) {
    const { step } = event;
    switch (event.type) {
      case "progress": {
        const { type, steps, ...metrics } = event;
        seconds = event.seconds;
        const path = join(folder, METRICS_FILE);
        await appendFile(path, `${JSON.stringify(metrics)}\n`).catch((thrown: unknown) => {
          throw fileError("write", path, thrown);
        });
        yield event;
        break;
      }
      case "samples": {
        const file = join(folder, SAMPLES_FOLDER, `${checkpointName(step)}.png`);
        await grid.write(event.batch, file);
        yield { type: "samples", step, file };
        break;
      }
      case "checkpoint": {
        const saved = await saveCheckpoint(folder, { config, network, step, seconds, state: event.state });
        yield { type: "checkpoint", step, folder: saved };
        break;
      }
      default:
        yield event;
    }
  }
}
