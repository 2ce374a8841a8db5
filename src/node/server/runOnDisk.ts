/**
 * One run as its folder shows it, looked at again and again: whoever trains it. Links in the folder are not followed, as
 * they could lead out of all runs.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { DeblendError } from "../../errors.ts";
import { countParameters, unet } from "../../networks/index.ts";
import type { RunSummary, TrainingNews } from "../../studioApi/index.ts";
import { CHECKPOINTS_FOLDER, stepOfName } from "../../training/checkpoint.ts";
import { METRICS_FILE, readRunConfig, SAMPLES_FOLDER } from "../run.ts";
import { claimantOf } from "../runClaim.ts";
import { openMetricsTail } from "./metricsTail.ts";

/** What a folder tells of a run. */
export type FolderSummary = Omit<RunSummary, "name" | "here" | "stopping">;

export interface Look {
  readonly summary: FolderSummary;
  /** What happened since the last look. */
  readonly news: readonly TrainingNews[];
}

export interface RunOnDisk {
  look(): Promise<Look>;
}

/**
 * Milliseconds. A run that nobody claims (the claim of another machine may not be seen here) but whose metrics grew this
 * recently, beyond its last checkpoint, is taken to be running; one that stopped in good order ends with a checkpoint.
 */
const RECENT = 120_000;

export async function openRunOnDisk(folder: string): Promise<RunOnDisk> {
  const metrics = join(folder, METRICS_FILE);
  const tail = await openMetricsTail(metrics);
  const readFacts = configFacts(folder);
  let seen = new Set(await sampleSteps(folder));
  return {
    look: async () => {
      const [{ lines, rewound }, samples, facts] = await Promise.all([
        tail.look(),
        sampleSteps(folder),
        readFacts(),
      ]);
      const fresh = samples.filter((step) => !seen.has(step));
      seen = new Set(samples);
      const { step = 0, loss, imagesPerSecond, seconds = 0 } = tail.last ?? {};
      const written = await modified(metrics);
      const running =
        (await claimantOf(folder)) !== undefined ||
        (Date.now() - written < RECENT && step > ((await checkpointSteps(folder)).at(-1) ?? 0));
      const { steps, parameters, updated, failure } = facts;
      const ended = failure !== undefined ? "failed" : step >= steps ? "finished" : "stopped";
      const state = running ? "running" : ended;
      return {
        summary: {
          ...{ state, step, steps, loss, imagesPerSecond, parameters, seconds, failure },
          updated: Math.max(written, updated),
        },
        news: [
          ...(rewound ? [{ type: "rewound" } as const] : []),
          ...lines.map((line) => ({ type: "progress", ...line }) as const),
          ...fresh.map((step) => ({ type: "samples", step }) as const),
        ],
      };
    },
  };
}

/** What a configuration says, read again only when its file changes. */
interface ConfigFacts {
  readonly steps: number;
  readonly parameters: number;
  readonly updated: number;
  readonly failure?: string;
}

function configFacts(folder: string): () => Promise<ConfigFacts> {
  let known: ConfigFacts | undefined;
  return async () => {
    const updated = await modified(join(folder, "config.json"));
    if (known?.updated === updated) return known;
    try {
      const { steps, model } = await readRunConfig(folder);
      known = { steps, parameters: countParameters(unet(model)), updated };
    } catch (thrown) {
      if (!(thrown instanceof DeblendError)) throw thrown;
      known = { steps: 0, parameters: 0, updated, failure: thrown.message };
    }
    return known;
  };
}

/** Steps with a grid of samples, ascending. */
export function sampleSteps(folder: string): Promise<number[]> {
  return steps(join(folder, SAMPLES_FOLDER), ".png");
}

/** Steps with a checkpoint, ascending. */
export function checkpointSteps(folder: string): Promise<number[]> {
  return steps(join(folder, CHECKPOINTS_FOLDER), "");
}

async function steps(folder: string, ending: string): Promise<number[]> {
  const isFolder = await lstat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const names = isFolder ? await readdir(folder).catch(() => []) : [];
  return names
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => stepOfName(name.slice(0, name.length - ending.length)) ?? [])
    .sort((a, b) => a - b);
}

/** Milliseconds since 1970; 0 for what is not there. */
const modified = (path: string) =>
  lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
