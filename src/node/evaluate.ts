/**
 * Whether a model obeys what it is shown, on pictures that it was not trained on: what `deblend evaluate` does.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { datasetPart } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import { compareReconstruction, type Reconstruction } from "../metrics/reconstruction.ts";
import { permutation } from "../random/index.ts";
import { openDevice } from "../runtime/node.ts";
import { accuracyOn, trainClassifier } from "../training/classifier.ts";
import { openData } from "./openData.ts";
import { checkGuidance, type OpenedModel, openModel, readPurpose, runConfigOf } from "./openModel.ts";
import {
  type ConditionalSamples,
  type DrawOptions,
  draw,
  heldOutConditions,
  repeated,
  sampleClasses,
} from "./sampleConditional.ts";
import { everyNth, writeClassSheet, writeConditionSheet } from "./sheets.ts";

export interface EvaluateOptions extends DrawOptions {
  /** Pictures of the conditions, or images a class. */
  readonly count: number;
  /** Images for each condition, at least 2. */
  readonly variations?: number;
  /** Labelled pictures that the classifier is judged on, a folder of the run's data; those held out by default. */
  readonly test?: string | undefined;
  /** Writes the first rows as a sheet. */
  readonly out?: string | undefined;
  /** What the progress is about. */
  readonly onStage?: (stage: string) => void;
}

/** What was measured for a model with pictures as its conditions. */
export interface ConditionReport {
  readonly task: string;
  readonly pictures: number;
  /** Whether the pictures were kept out of the training. */
  readonly heldOut: boolean;
  /** One generation for each picture. */
  readonly right: Reconstruction;
  /** The same noise with conditions of other pictures. */
  readonly shuffled: Reconstruction;
  /** Shuffled over right: above 1 where the condition is obeyed. */
  readonly ratios: { readonly absoluteError: number; readonly colourMeanError: number };
  /** One Euler step from noise, which is the network's guess of the mean: the nearest to the picture, and the least sharp. */
  readonly mean: Reconstruction;
  /** Restoration: the degraded picture as it is, for superres the bicubic one. */
  readonly baseline: Reconstruction | undefined;
  /** Mean absolute difference of two generations for one condition, of a range from 0 to 1. */
  readonly variationDifference: number;
  readonly steps: number;
  readonly guidance: number;
  readonly device: string;
}

/** What was measured for a model with classes. */
export interface ClassReport {
  readonly task: string;
  /** Of the classifier, on real pictures that it was not trained on. */
  readonly classifierAccuracy: number;
  readonly testPictures: number;
  /** Share of images that the classifier takes for the class that was asked for. */
  readonly agreement: number;
  readonly byClass: Readonly<Record<string, number>>;
  readonly images: number;
  readonly steps: number;
  readonly guidance: number;
  readonly device: string;
}

const EVERY_TENTH = 10;
const SHEET_ROWS = 8;

/**
 * @param path a run
 * @throws DeblendError for a run whose task has nothing to obey
 */
export async function evaluateRun(
  path: string,
  options: EvaluateOptions,
): Promise<ConditionReport | ClassReport> {
  const { classes, conditionChannels, task } = await readPurpose(path);
  if (classes.length > 0) return evaluateClasses(path, options);
  if (conditionChannels > 0) return evaluateConditions(path, options);
  throw new DeblendError(
    `${path} draws from noise alone (its task is ${task.spelling}), so there is no condition that it could obey.`,
  );
}

async function evaluateConditions(path: string, options: EvaluateOptions): Promise<ConditionReport> {
  const { count, variations = 2, seed = 0, guidance = 1, onStage, out } = options;
  if (variations < 2)
    throw new DeblendError(`Two generations are compared, but ${variations} was asked for: give 2 or more.`);
  const model = await openModel(path, options);
  const { purpose } = model;
  try {
    await checkGuidance(path, purpose, guidance);
    const conditions = await heldOutConditions(path, purpose, { limit: count, signal: options.signal });
    const { condition, reference, notes } = conditions;
    if (reference === undefined) throw new Error("Held-out pictures are their own references.");
    const [n] = condition.shape;
    if (n < 2)
      throw new DeblendError(
        `Conditions are shuffled among pictures, but ${path} holds out ${n} only: hold out more.`,
      );
    const drawFor = (given: Batch, times: number, more: Partial<DrawOptions> = {}) =>
      drawEach(model, { ...options, ...more }, given, times);
    onStage?.("generating");
    const images = await drawFor(condition, variations);
    onStage?.("generating for shuffled conditions");
    const shuffled = await drawFor(shuffledRows(condition, seed), 1);
    const mean = await drawFor(condition, 1, { steps: 1, solver: "euler", grid: "uniform", guidance: 1 });
    const first = everyNth(images, 0, variations);
    const right = compareReconstruction(first, reference);
    const wrong = compareReconstruction(shuffled, reference);
    const isBaseline = !purpose.task.isPaired && condition.shape.join() === reference.shape.join();
    if (out !== undefined) {
      const sheet: ConditionalSamples = { ...conditions, images, variations, purpose, device: model.device };
      await writeConditionSheet(out, firstRows(sheet, SHEET_ROWS));
    }
    return {
      ...{ task: purpose.task.spelling, pictures: n, heldOut: notes.length === 0 },
      ...{ right, shuffled: wrong, mean: compareReconstruction(mean, reference) },
      ratios: {
        absoluteError: wrong.absoluteError / right.absoluteError,
        colourMeanError: wrong.colourMeanError / right.colourMeanError,
      },
      baseline: isBaseline ? compareReconstruction(condition, reference) : undefined,
      variationDifference: compareReconstruction(first, everyNth(images, 1, variations)).absoluteError,
      ...{ steps: options.steps, guidance, device: model.device },
    };
  } finally {
    await model.dispose();
  }
}

/** Images for conditions; variation v of condition i starts from the noise (seed, i, v). */
function drawEach(
  model: OpenedModel,
  options: DrawOptions,
  condition: Batch,
  variations: number,
): Promise<Batch> {
  return draw(model, options, {
    count: condition.shape[0] * variations,
    given: { condition: repeated(condition, variations) },
    noiseOf: (image) => ({ index: Math.floor(image / variations), variation: image % variations }),
  });
}

/** Every row goes to another place: one step along a random round trip. */
function shuffledRows({ data, shape: [n, ...event] }: Batch, seed: number): Batch {
  const size = sizeOf(event);
  const order = permutation(n, { seed, purpose: "condition" });
  const out = new Float32Array(data.length);
  order.forEach((from, i) => {
    const to = order[(i + 1) % n] ?? 0;
    out.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return { data: out, shape: [n, ...event] };
}

function firstRows(samples: ConditionalSamples, rows: number): ConditionalSamples {
  const { names, condition, reference, images, variations } = samples;
  const n = Math.min(rows, names.length);
  const cut = ({ data, shape: [, ...event] }: Batch, count: number): Batch => ({
    data: data.slice(0, count * sizeOf(event)),
    shape: [count, ...event],
  });
  return {
    ...samples,
    names: names.slice(0, n),
    condition: cut(condition, n),
    reference: reference && cut(reference, n),
    images: cut(images, n * variations),
  };
}

async function evaluateClasses(path: string, options: EvaluateOptions): Promise<ClassReport> {
  const { count, test, seed = 0, signal, onStage, onProgress, out, guidance = 1 } = options;
  const config = await runConfigOf(path);
  onStage?.("generating");
  const { images, classes } = await sampleClasses(path, { ...options, count });
  if (out !== undefined) await writeClassSheet(out, await firstOfEach(images, classes, count));
  const device = await openDevice(
    options.device ?? "cpu",
    options.threads === undefined ? {} : { threads: options.threads },
  );
  const dataset = await openData(config, { signal });
  const holdOut = config.holdOut > 0 ? config.holdOut : EVERY_TENTH;
  const tested = test === undefined ? undefined : await openData({ ...config, within: test }, { signal });
  try {
    if (tested !== undefined && tested.classes?.join("/") !== dataset.classes?.join("/")) {
      throw new DeblendError(
        `The folder ${test} has the classes ${tested.classes?.join(", ") ?? "of none"}, not those of the run.`,
      );
    }
    onStage?.("training the classifier");
    const judge = await trainClassifier(
      device,
      datasetPart(dataset, test === undefined ? holdOut : 0, "training"),
      {
        seed,
        signal,
        ...(onProgress && { onStep: onProgress }),
      },
    );
    try {
      const real = tested ?? datasetPart(dataset, holdOut, "held-out");
      const found = await judge.classify(images);
      const rights = classes.map(
        (_, label) =>
          found.subarray(label * count, (label + 1) * count).filter((one) => one === label).length,
      );
      return {
        task: config.task,
        classifierAccuracy: await accuracyOn(judge, real),
        testPictures: real.length,
        agreement: rights.reduce((a, b) => a + b, 0) / found.length,
        byClass: Object.fromEntries(classes.map((name, i) => [name, (rights[i] ?? 0) / count])),
        ...{ images: found.length, steps: options.steps, guidance, device: device.description },
      };
    } finally {
      await judge.dispose();
    }
  } finally {
    dataset.close();
    tested?.close();
  }
}

/** The first images of each class, for a sheet. */
async function firstOfEach(images: Batch, classes: readonly string[], count: number) {
  const [, ...event] = images.shape;
  const size = sizeOf(event);
  const shown = Math.min(count, SHEET_ROWS);
  const data = new Float32Array(classes.length * shown * size);
  classes.forEach((_, row) => {
    data.set(images.data.subarray(row * count * size, (row * count + shown) * size), row * shown * size);
  });
  return { images: { data, shape: [classes.length * shown, ...event] } as Batch, classes, device: "" };
}
