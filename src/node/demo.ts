/**
 * The demo: with no data at hand, trains a small network on drawn cat faces within a budget of time, and draws pictures.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, sizeOf } from "../batch.ts";
import { createCatDataset } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import { densities } from "../theory/index.ts";
import type { RunConfigInput } from "../training/config.ts";
import type { RunEvent } from "./events.ts";
import { writeGrid } from "./images.ts";
import { writeMap2d } from "./map2d.ts";
import { sampleModel, TRAJECTORY_COLUMNS } from "./sample.ts";
import { trainRun } from "./train.ts";
import { trainApart } from "./trainApart.ts";

export interface DemoOptions {
  /** Folder for the run and the pictures. */
  readonly out: string;
  /** How long it may take in all. */
  readonly minutes: number;
  readonly seed: number;
  /** Side of the pictures in pixels, a multiple of 4. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: DemoEvent) => void;
}

export type DemoEvent =
  | { readonly type: "measuring" }
  /** How many steps fit, from a measured pace. */
  | { readonly type: "planned"; readonly steps: number; readonly secondsPerStep: number }
  | { readonly type: "training"; readonly event: RunEvent }
  | { readonly type: "sampling"; readonly done: number; readonly total: number };

export interface DemoReport {
  /** Folder of the run. */
  readonly run: string;
  /** Whether the signal ended the training early; there are no pictures then. */
  readonly stopped: boolean;
  readonly pictures: readonly { readonly file: string; readonly what: string }[];
}

const BATCH = 32;
const PICTURES = 64;
const SAMPLE_STEPS = 64;
const TRAJECTORY_ROWS = 8;
/** About how many pixels a side the pictures get on the screen. */
const PICTURE_SIDE = 128;
/** The pace is measured between these steps: the first ones, while memory is being claimed, are slower. */
const MEASURED = { from: 5, to: 20 };
/** Seconds to start the run and to write the pictures. */
const RESERVE = 14;
/** Drawing the pictures takes as long as this many training steps: a step costs about six predictions of its batch, whose weights are constant. */
const DRAWING = (PICTURES * SAMPLE_STEPS) / BATCH / 6;
const FEWEST_STEPS = 20;

/** What the demo trains with: a recipe that gives recognisable cats after about a thousand steps. */
function recipe(size: number, seed: number, steps: number): RunConfigInput {
  return {
    ...{ data: "builtin:cats", size, seed, steps, model: "tiny", batch: BATCH, learningRate: 3e-3 },
    ...{ warmup: Math.min(50, Math.floor(steps / 10)), ema: 0.99 },
    ...{ sampleEvery: 0, checkpointEvery: 0 },
  };
}

/**
 * Runs the demo.
 *
 * @throws DeblendError where `out` holds a run already or cannot be written to
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { out, minutes, seed, size, signal, onEvent } = options;
  const began = performance.now();
  onEvent({ type: "measuring" });
  const secondsPerStep = await measurePace(size, seed, signal);
  const left = 60 * minutes - RESERVE - (performance.now() - began) / 1000;
  const steps = Math.max(FEWEST_STEPS, Math.floor(left / secondsPerStep - DRAWING));
  onEvent({ type: "planned", steps, secondsPerStep });

  const run = join(out, "run");
  for await (const event of trainRun(recipe(size, seed, steps), { out: run, signal })) {
    onEvent({ type: "training", event });
    if (event.type === "stopped") return { run, stopped: true, pictures: [] };
  }
  return { run, stopped: false, pictures: await drawPictures(run, options) };
}

/** Seconds that one step takes here, from the first steps of a run that is thrown away. */
async function measurePace(size: number, seed: number, signal: AbortSignal | undefined): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "deblend-"));
  const { from, to } = MEASURED;
  try {
    let [start, end] = [0, 0];
    const config = { ...recipe(size, seed, to), logEvery: from };
    // Apart, so that the first session of this process is that of the training that counts.
    for await (const event of trainApart(config, { out: join(folder, "run"), signal })) {
      if (event.type === "stopped") throw new DeblendError("Stopped before the training began.");
      if (event.type === "progress" && event.step === from) start = event.seconds;
      if (event.type === "progress" && event.step === to) end = event.seconds;
    }
    return (end - start) / (to - from);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function drawPictures(
  run: string,
  { out, seed, size, signal, onEvent }: DemoOptions,
): Promise<DemoReport["pictures"]> {
  const pictures: { file: string; what: string }[] = [];
  const place = (name: string, what: string) => {
    const file = join(out, name);
    pictures.push({ file, what });
    return file;
  };
  const { images, trajectory } = await sampleModel(run, {
    ...{
      count: PICTURES,
      steps: SAMPLE_STEPS,
      batch: PICTURES,
      trajectoryRows: TRAJECTORY_ROWS,
      seed,
      signal,
    },
    onProgress: (done, total) => onEvent({ type: "sampling", done, total }),
  });
  const scale = Math.max(1, Math.round(PICTURE_SIDE / size));
  await writeGrid(images, place("samples.png", "what the network draws from noise"), { scale });
  if (trajectory !== undefined) {
    const file = place("noise-to-image.png", "the same, on the way from noise (left) to image (right)");
    await writeGrid(trajectory, file, { scale, columns: TRAJECTORY_COLUMNS });
  }
  const file = place("training.png", "pictures it was trained on, to compare");
  await writeGrid(firstPictures(size, seed), file, { scale });
  const figures = place(
    "plane.png",
    "the method in the plane: a triangle mapped to a square, random paths collapsing to one",
  );
  const [p0, p1] = [densities.get("triangle"), densities.get("square")];
  if (p0 !== undefined && p1 !== undefined) {
    await writeMap2d(figures, { p0, p1, steps: [1, 2, 10, 100], points: 500, seed });
  }
  return pictures;
}

/** The first pictures of the training set. */
function firstPictures(size: number, seed: number): Batch {
  const dataset = createCatDataset({ size, seed });
  const numbers = sizeOf(dataset.shape);
  const data = new Float32Array(PICTURES * numbers);
  for (let i = 0; i < PICTURES; i++) dataset.read(i, data.subarray(i * numbers, (i + 1) * numbers));
  return { data, shape: [PICTURES, ...dataset.shape] };
}
