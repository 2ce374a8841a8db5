/**
 * Pictures of a set as a run's task sees them: conditions to draw samples for, and what they should look like.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { datasetPart, type ImageDataset, writeExample } from "../data/index.ts";
import { classesOf, type RunConfig, shapesOfRun, taskOf } from "./config.ts";
import type { Given } from "./guidance.ts";

export interface Examples extends Given {
  /** The pictures themselves, [n, channels, height, width]. */
  readonly targets: Batch;
}

type TaskConfig = Pick<
  RunConfig,
  "task" | "size" | "channels" | "conditionChannels" | "seed" | "holdOut" | "model"
>;

/**
 * The first `count` pictures held out (of the training set where none are), or all if there are fewer; condition i is
 * made with the random draw (seed, i).
 */
export function heldOutExamples(config: TaskConfig, whole: ImageDataset, count: number): Examples {
  const { seed, holdOut } = config;
  const dataset = datasetPart(whole, holdOut, holdOut > 0 ? "held-out" : "training");
  const task = taskOf(config);
  const shapes = shapesOfRun(config);
  const n = Math.min(count, dataset.length);
  const targets = new Float32Array(n * sizeOf(shapes.target));
  const conditions = new Float32Array(shapes.condition === undefined ? 0 : n * sizeOf(shapes.condition));
  const source = new Float32Array(sizeOf(dataset.shape));
  const part = (all: Float32Array, i: number) =>
    all.subarray((i * all.length) / n, ((i + 1) * all.length) / n);
  for (let i = 0; i < n; i++) {
    dataset.read(i, source);
    const out = { target: part(targets, i), condition: part(conditions, i) };
    writeExample(task, shapes, source, out, { seed, index: i });
  }
  return {
    targets: { data: targets, shape: [n, ...shapes.target] },
    ...(shapes.condition && { condition: { data: conditions, shape: [n, ...shapes.condition] } }),
    ...(task.isLabelled && {
      label: Float32Array.from({ length: n }, (_, i) => dataset.label?.(i) ?? 0),
      nullLabel: classesOf(config).length,
    }),
  };
}

/** Labels for a grid with one row a class, of about `count` images. */
export function labelsByRow(
  classes: number,
  count: number,
): { readonly label: Float32Array; readonly columns: number } {
  const columns = Math.max(1, Math.ceil(count / classes));
  return {
    columns,
    label: Float32Array.from({ length: columns * classes }, (_, i) => Math.floor(i / columns)),
  };
}
