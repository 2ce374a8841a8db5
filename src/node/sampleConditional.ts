/**
 * Images from models that are shown more than noise: what `deblend sample --condition` and `--class` do.
 *
 * Variation v of condition i starts from the noise (seed, i, v), image j of a class from the noise (seed, j): an image
 * depends on the model, what is given, the seed and these numbers alone.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import type { GridName, SolverName } from "../solvers/index.ts";
import { heldOutExamples } from "../training/examples.ts";
import type { Given } from "../training/guidance.ts";
import { checkGiven, labelOf, type ModelPurpose } from "../training/purpose.ts";
import { type NoiseKey, sample } from "../training/sample.ts";
import { type ConditionOptions, type Conditions, readConditions } from "./conditions.ts";
import { openData } from "./openData.ts";
import {
  checkGuidance,
  type OpenedModel,
  type OpenModelOptions,
  openModel,
  runConfigOf,
} from "./openModel.ts";

export interface DrawOptions extends OpenModelOptions {
  readonly steps: number;
  readonly seed?: number;
  readonly solver?: SolverName;
  readonly grid?: GridName;
  /** Images computed together. */
  readonly batch?: number;
  /** 1, the default, is the model as it was trained; above 1 what is given counts for more. */
  readonly guidance?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface SampleConditionsOptions
  extends DrawOptions,
    Partial<Omit<ConditionOptions, "seed" | "limit">> {
  /** Use the pictures that the run held out of its training, in the place of files. */
  readonly heldOut?: boolean;
  /** Takes the first conditions, 8 by default. */
  readonly limit?: number;
  /** Images a condition, 2 by default. */
  readonly variations?: number;
}

export interface ConditionalSamples extends Conditions {
  /** The variations of the first condition, then those of the second: [n * variations, channels, height, width]. */
  readonly images: Batch;
  readonly variations: number;
  readonly purpose: ModelPurpose;
  /** Where it was computed, in words. */
  readonly device: string;
}

const BATCH = 16;
const LIMIT = 8;

/**
 * @throws DeblendError for a model without conditions, or pictures that do not fit it
 */
export async function sampleConditions(
  path: string,
  options: SampleConditionsOptions,
): Promise<ConditionalSamples> {
  const { variations = 2, limit = LIMIT, seed = 0, guidance = 1, condition, heldOut = false } = options;
  const model = await openModel(path, options);
  const { purpose, event } = model;
  try {
    await checkGuidance(path, purpose, guidance);
    if (heldOut === (condition !== undefined)) {
      throw new DeblendError(
        `${path} needs conditions (its task is ${purpose.task.spelling}): give pictures, or ask for those that the run held out, and not both.`,
      );
    }
    const conditions =
      condition === undefined
        ? await heldOutConditions(path, purpose, { limit, signal: options.signal })
        : await readConditions(purpose, event, { ...options, condition, seed, limit });
    const images = await draw(model, options, {
      count: conditions.names.length * variations,
      given: { condition: repeated(conditions.condition, variations) },
      noiseOf: (image) => ({ index: Math.floor(image / variations), variation: image % variations }),
    });
    return { ...conditions, images, variations, purpose, device: model.device };
  } finally {
    await model.dispose();
  }
}

/** Conditions and references from the pictures that a run held out (from its training set where it held out none). */
export async function heldOutConditions(
  path: string,
  { task, conditionChannels }: ModelPurpose,
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): Promise<Conditions> {
  const config = await runConfigOf(path);
  const dataset = await openData(config, { signal });
  try {
    const { condition, targets } = heldOutExamples(config, dataset, limit);
    if (condition === undefined) {
      throw new DeblendError(
        `${path} takes no condition (its task is ${task.spelling}, with ${conditionChannels} channels of one): leave it out.`,
      );
    }
    const names = Array.from({ length: targets.shape[0] }, (_, i) => String(i + 1));
    const notes =
      config.holdOut > 0
        ? []
        : ["The run held nothing out, so these are pictures that it was trained on (--hold-out)."];
    return { names, condition, reference: targets, notes };
  } finally {
    dataset.close();
  }
}

export interface SampleClassesOptions extends DrawOptions {
  /** Names; all by default. */
  readonly classes?: readonly string[] | undefined;
  /** Images a class. */
  readonly count: number;
}

export interface ClassSamples {
  /** A row a class: [classes * count, channels, height, width]. */
  readonly images: Batch;
  readonly classes: readonly string[];
  readonly device: string;
}

/** @throws DeblendError for a model without classes, or an unknown class */
export async function sampleClasses(path: string, options: SampleClassesOptions): Promise<ClassSamples> {
  const { count, guidance = 1 } = options;
  const model = await openModel(path, options);
  const { purpose } = model;
  try {
    await checkGuidance(path, purpose, guidance);
    const classes = options.classes ?? purpose.classes;
    const labels = classes.map((name) => labelOf(purpose, name));
    if (labels.length === 0)
      throw new DeblendError(
        `${path} knows no classes (its task is ${purpose.task.spelling}): leave the class out.`,
      );
    const total = labels.length * count;
    const label = Float32Array.from({ length: total }, (_, i) => labels[Math.floor(i / count)] ?? 0);
    const images = await draw(model, options, {
      count: total,
      given: { label, nullLabel: purpose.nullLabel },
      noiseOf: (image) => ({ index: image % count }),
    });
    return { images, classes, device: model.device };
  } finally {
    await model.dispose();
  }
}

/** Draws images for what is given, checked against the model. */
export async function draw(
  { deblend, purpose, event }: OpenedModel,
  { steps, seed = 0, solver, grid, batch = BATCH, guidance, onProgress, signal }: DrawOptions,
  {
    count,
    given,
    noiseOf,
  }: { readonly count: number; readonly given: Given; readonly noiseOf: (image: number) => NoiseKey },
): Promise<Batch> {
  checkGiven(purpose, { shape: [count, ...event] }, given);
  return sample(deblend, {
    ...{ event, count, seed, steps, given, guidance, noiseOf, signal },
    batch: Math.min(batch, count),
    ...(solver && { solver }),
    ...(grid && { grid }),
    onStep: ({ done, total }) => onProgress?.(done, total),
  });
}

/** Each entry `times` times in a row. */
export function repeated({ data, shape: [n, ...event] }: Batch, times: number): Batch {
  const size = sizeOf(event);
  const out = new Float32Array(n * times * size);
  for (let i = 0; i < n * times; i++) {
    const from = Math.floor(i / times) * size;
    out.set(data.subarray(from, from + size), i * size);
  }
  return { data: out, shape: [n * times, ...event] };
}
