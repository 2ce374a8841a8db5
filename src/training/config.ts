/**
 * The configuration of a run: one strict schema. The command's options and its help are made from it, `config.json` is
 * an instance of it, and a form can be.
 *
 * Every option carries its description, and a placeholder for its value, as metadata: `z.toJSONSchema` gives them all,
 * with defaults, limits and choices.
 */
import { z } from "zod";
import { type ExampleShapes, exampleShapes, parseTask, type Task, taskSyntax } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import {
  type PresetName,
  parseUNetConfig,
  presetConfig,
  presets,
  sampleSize,
  type UNetConfig,
  UNetConfigError,
  unetConfigSchema,
} from "../networks/index.ts";
import { inWords, shown, tellingIssue } from "../schemaWords.ts";

const positive = z.int().positive();
const count = z.int().nonnegative();
const rate = z.number().positive();
const share = z.number().min(0).lt(1);

/** More than any machine has cores. A configuration may come from another one; what suits this one is judged where it runs. */
const MOST_THREADS = 1024;

const modelNames = Object.keys(presets) as [PresetName, ...PresetName[]];
const N = { placeholder: "N" };

export const runConfigSchema = z.strictObject({
  data: z.string().min(1).meta({
    placeholder: "PATH",
    description:
      "training images: a folder or a zip of images, MNIST or CIFAR-10 files; builtin:cats draws cat faces, builtin:streets small towns",
  }),
  within: z.string().min(1).optional().meta({
    placeholder: "FOLDER",
    description: "use only this folder of the data, for instance mnist/train",
  }),
  task: z
    .string()
    .default("unconditional")
    .meta({ placeholder: "TASK", description: `what to learn: ${taskSyntax}` }),
  conditionFrom: z.string().min(1).optional().meta({
    placeholder: "FOLDER",
    description: "paired: the folder of the conditions; files of equal names belong together",
  }),
  targetFrom: z
    .string()
    .min(1)
    .optional()
    .meta({ placeholder: "FOLDER", description: "paired: the folder of the targets" }),
  split: z
    .enum(["left-right", "right-left"])
    .optional()
    .meta({ description: "paired: condition and target are the halves of one image, in this order" }),
  conditionChannels: z
    .enum(["rgb", "gray"])
    .default("rgb")
    .meta({ description: "paired: colour or gray conditions" }),
  labelDropout: share.default(0).meta({
    placeholder: "SHARE",
    description:
      "share of samples whose label, or condition, is withheld, so that sampling can be guided; 0.1 for class",
  }),
  holdOut: count.default(0).meta({
    ...N,
    description: "keep every N-th image, in the order of their names, out of training; 0 keeps none",
  }),
  size: z
    .union([positive, z.tuple([positive, positive])], {
      error: "expected a side in pixels, or HEIGHTxWIDTH",
    })
    .default(32)
    .meta({ placeholder: "SIZE", description: "side of the images in pixels, or HEIGHTxWIDTH" }),
  channels: z.enum(["rgb", "gray"]).default("rgb").meta({ description: "colour or gray images" }),
  flip: z.boolean().default(false).meta({ description: "mirror half of the images, at random" }),
  strict: z
    .boolean()
    .default(false)
    .meta({ description: "fail at an image that cannot be read, instead of skipping and reporting it" }),
  model: z
    .union([z.enum(modelNames), unetConfigSchema])
    .default("small")
    .meta({
      placeholder: "MODEL",
      description: `network: ${modelNames.join(", ")} or a diffusers config.json; official also brings the official code's recipe as defaults`,
    }),
  steps: positive.default(10_000).meta({ ...N, description: "updates of the weights in the whole run" }),
  batch: positive.default(32).meta({ ...N, description: "images in a batch" }),
  accumulate: positive
    .default(1)
    .meta({ ...N, description: "batches whose averaged gradients make one update" }),
  learningRate: rate.default(1e-3).meta({ placeholder: "R", description: "largest learning rate" }),
  warmup: count.default(100).meta({ ...N, description: "steps over which the learning rate rises from 0" }),
  schedule: z
    .enum(["cosine", "constant"])
    .default("cosine")
    .meta({ description: "learning rate after the warm-up; cosine falls towards 0 at the last step" }),
  optimiser: z
    .enum(["adamw", "adam"])
    .default("adamw")
    .meta({ description: "rule of the updates, as PyTorch defines it" }),
  beta1: share.default(0.9).meta({ placeholder: "B", description: "decay of the first moment" }),
  beta2: share.default(0.999).meta({ placeholder: "B", description: "decay of the second moment" }),
  epsilon: rate
    .default(1e-8)
    .meta({ placeholder: "E", description: "added to the root of the second moment" }),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0.01)
    .meta({ placeholder: "W", description: "weight decay: decoupled for adamw, L2 for adam" }),
  clip: z
    .number()
    .nonnegative()
    .default(1)
    .meta({ placeholder: "NORM", description: "largest global norm of the gradient; 0 never clips" }),
  ema: share
    .default(0.999)
    .meta({ placeholder: "D", description: "decay of the averaged weights; 0 makes them the weights" }),
  emaWarmup: z
    .boolean()
    .default(true)
    .meta({ description: "let a young average follow the weights more closely" }),
  loss: z
    .enum(["mean", "sum"])
    .default("mean")
    .meta({ description: "how squared errors are combined; the official code sums them" }),
  seed: z
    .int()
    .min(0)
    .lt(2 ** 52)
    .default(0)
    .meta({ ...N, description: "seed of every random number of the run" }),
  device: z.enum(["cpu", "webgpu"]).default("cpu").meta({ description: "where to compute" }),
  threads: count
    .max(MOST_THREADS)
    .default(0)
    .meta({ ...N, description: "CPU threads; 0 for one a core" }),
  logEvery: positive.default(10).meta({ ...N, description: "steps between two lines of metrics.jsonl" }),
  sampleEvery: count.default(1000).meta({ ...N, description: "steps between two sample grids; 0 for none" }),
  sampleCount: positive.default(16).meta({ ...N, description: "images in a sample grid" }),
  sampleSteps: positive.default(32).meta({ ...N, description: "solver steps for a sample grid" }),
  checkpointEvery: count
    .default(1000)
    .meta({ ...N, description: "steps between two checkpoints; 0 saves at the end only" }),
  keepCheckpoints: positive.default(3).meta({ ...N, description: "newest checkpoints to keep" }),
});

/** A configuration as a person or a file gives it: what has a default may be left out. */
export type RunConfigInput = z.input<typeof runConfigSchema>;

/** A checked configuration: every default filled in and the network spelt out. */
export type RunConfig = Omit<z.output<typeof runConfigSchema>, "model"> & { readonly model: UNetConfig };

/** A configuration that the schema refuses; `key` and `reason` are for whoever says it in words of their own. */
export class ConfigError extends DeblendError {
  readonly key: string;
  readonly reason: string;
  constructor(source: string, key: string, reason: string) {
    super(`${source} cannot be used: ${key === "" ? "" : `${key}: `}${reason}.`);
    this.key = key;
    this.reason = reason;
  }
}

/** How the official code trains its network (the average is ours: it changes nothing that is learnt). */
const OFFICIAL_RECIPE = {
  size: 64,
  flip: true,
  batch: 64,
  loss: "sum",
  optimiser: "adam",
  learningRate: 1e-4,
  warmup: 0,
  schedule: "constant",
  weightDecay: 0,
  clip: 0,
  ema: 0.9999,
} as const;

/**
 * Checks a configuration, fills in the defaults (for `official`, the official code's) and spells the network out.
 *
 * @throws ConfigError (a DeblendError) naming the key, what was expected and what was found
 */
export function parseRunConfig(value: unknown, source = "The run's configuration"): RunConfig {
  const given = { ...modelDefaults(value), ...taskDefaults(value), ...(value as object) };
  const { model } = given as { readonly model?: unknown };
  // Checked by itself first: among the names of presets its sentence would be lost.
  if (typeof model === "object" && model !== null) checkedNetwork(model, source);
  const result = runConfigSchema.safeParse(given, { error: inWords });
  if (!result.success) throw refusal(source, result.error, value);
  const config = { ...result.data, task: checkedTask(result.data, source).spelling };
  return { ...config, model: networkConfig(config, source) };
}

/** Height and width of the training images. */
export const imageSize = ({ size }: Pick<RunConfig, "size">): [number, number] =>
  typeof size === "number" ? [size, size] : [...size];

/** Channels of the training images. */
export const channelCount = ({ channels }: Pick<RunConfig, "channels">): 1 | 3 =>
  channels === "gray" ? 1 : 3;

/** Shape of one training image, [channels, height, width]. */
export const eventShape = (config: Pick<RunConfig, "size" | "channels">): [number, number, number] => [
  channelCount(config),
  ...imageSize(config),
];

/** The task of a run. */
export const taskOf = ({ task }: Pick<RunConfig, "task">): Task => parseTask(task);

/** Shapes of the pictures in the set, of the targets and of the conditions. */
export function shapesOfRun(
  config: Pick<RunConfig, "task" | "size" | "channels" | "conditionChannels">,
): ExampleShapes {
  const paired = channelCount({ channels: config.conditionChannels });
  return exampleShapes(taskOf(config), channelCount(config), paired, imageSize(config));
}

/** Names of the classes that a run's network knows, once the data have told them. */
export const classesOf = ({ model }: Pick<RunConfig, "model">): readonly string[] =>
  model._deblend?.classes ?? [];

/**
 * The configuration of a run whose data have told their classes: the network gets a row of its table for each, and one
 * more for "no label".
 *
 * @throws DeblendError where a run with labels has none, or was begun with others
 */
export function withClasses(config: RunConfig, classes: readonly string[] | undefined): RunConfig {
  if (!taskOf(config).isLabelled) return config;
  if (classes === undefined) {
    throw new DeblendError(
      `The task class needs images in folders, one a class, but ${config.data} has none: sort the images into folders, or name the folder that holds those with --within.`,
    );
  }
  const known = classesOf(config);
  if (known.length > 0 && known.join("/") !== classes.join("/")) {
    throw new DeblendError(
      `The run was begun with the classes ${known.join(", ")}, but the data now have ${classes.join(", ")}: give the same data.`,
    );
  }
  const model: UNetConfig = {
    ...config.model,
    num_class_embeds: classes.length + 1,
    _deblend: { task: config.task, classes: [...classes], labelDropout: config.labelDropout },
  };
  return { ...config, model };
}

/** The task, if the other options fit it. */
function checkedTask(config: z.output<typeof runConfigSchema>, source: string): Task {
  const refuse = (key: string, reason: string) => new ConfigError(source, key, reason);
  const asReason = <T>(key: string, work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof DeblendError)) throw thrown;
      throw refuse(key, thrown.message.replace(/\.$/, ""));
    }
  };
  const task = asReason("task", () => parseTask(config.task));
  asReason("size", () => task.checkSize?.(imageSize(config)));
  const { conditionFrom, targetFrom, split, conditionChannels } = config;
  const folders = [conditionFrom, targetFrom].filter((folder) => folder !== undefined).length;
  // Colour, the default, stands in every config.json: it does not say that somebody asked for it.
  const gray = conditionChannels === "gray" ? conditionChannels : undefined;
  const ofPairs = { split, conditionFrom, targetFrom, conditionChannels: gray };
  const [misplaced] = Object.entries(ofPairs).find(([, value]) => value !== undefined) ?? [];
  if (!task.isPaired && misplaced !== undefined) {
    throw refuse(misplaced, `it is for --task paired, but the task is ${task.spelling}`);
  }
  if (task.isPaired && !config.data.startsWith("builtin:") && (folders === 2) === (split !== undefined)) {
    throw refuse(
      "task",
      "paired needs to know where pairs are: give --condition-from and --target-from, or --split, and not both",
    );
  }
  if (task.name === "colorize" && config.channels === "gray") {
    throw refuse("channels", "colorize learns colours, so the images must be rgb");
  }
  if (config.holdOut === 1)
    throw refuse("holdOut", "1 would leave nothing to train on; give 2 or more, or 0");
  return task;
}

/** A network's configuration that fits together. */
function checkedNetwork(model: unknown, source: string): UNetConfig {
  try {
    return parseUNetConfig(model);
  } catch (thrown) {
    if (!(thrown instanceof UNetConfigError)) throw thrown;
    throw new ConfigError(source, "model", thrown.reason);
  }
}

/** Defaults that depend on the task. */
function taskDefaults(value: unknown): object {
  const task = (value as { task?: unknown } | null | undefined)?.task;
  return task === "class" ? { labelDropout: 0.1 } : {};
}

/** The network's configuration, with channels and size as the data have them. */
function networkConfig(config: z.output<typeof runConfigSchema>, source: string): UNetConfig {
  const { model } = config;
  const size = imageSize(config);
  const [height, width] = size;
  const channels = channelCount(config);
  const task = taskOf(config);
  const [conditionChannels] = shapesOfRun(config).condition ?? [0];
  const told = { task: config.task, labelDropout: config.labelDropout };
  const purpose = task.name === "unconditional" ? {} : { _deblend: told };
  if (typeof model === "string") {
    return { ...presetConfig(model, { size, channels, conditionChannels }), ...purpose };
  }
  const { in_channels: inputs, out_channels: outputs, _deblend: before, ...rest } = model;
  // A network that is described for images alone gets room for the condition.
  const wanted = channels + conditionChannels;
  if ((inputs !== wanted && inputs !== channels) || outputs !== channels) {
    const condition = conditionChannels > 0 ? ` and the condition ${conditionChannels} more` : "";
    throw new ConfigError(
      source,
      "channels",
      `${config.channels} images have ${channels}${condition}, but the network takes ${inputs} and gives ${outputs}`,
    );
  }
  if (!task.isLabelled && rest.num_class_embeds !== null) {
    throw new ConfigError(source, "model", `the network takes labels, but the task is ${config.task}`);
  }
  const expected = sampleSize(model);
  if (expected !== null && expected.join() !== size.join()) {
    throw new ConfigError(
      source,
      "size",
      `the images are ${size.join("x")}, but the network is for ${expected.join("x")}`,
    );
  }
  const sample_size: UNetConfig["sample_size"] = height === width ? height : [height, width];
  const kept = before?.task === config.task ? { _deblend: { ...before, ...told } } : purpose;
  // Once more, because a network that does not say its size takes that of the images.
  return checkedNetwork(
    { ...rest, in_channels: wanted, out_channels: outputs, sample_size, ...kept },
    source,
  );
}

/** Defaults that depend on the network. */
function modelDefaults(value: unknown): object {
  const model = (value as { model?: unknown } | null | undefined)?.model;
  if (model === "official") return OFFICIAL_RECIPE;
  const size = (model as { sample_size?: unknown } | null | undefined)?.sample_size;
  return size == null ? {} : { size };
}

function refusal(source: string, error: z.ZodError, value: unknown): ConfigError {
  const issue = tellingIssue(error);
  if (issue === undefined) return new ConfigError(source, "", "it is not a configuration");
  if (issue.code === "unrecognized_keys") {
    return new ConfigError(source, "", `the key ${issue.keys.join(", ")} is unknown`);
  }
  const [first = ""] = issue.path;
  const key = String(first);
  const found = (value as Record<string, unknown> | null | undefined)?.[key];
  if (found === undefined) return new ConfigError(source, key, "it must be given");
  const expected =
    key === "model" ? `expected ${modelNames.join(", ")} or a network's configuration` : issue.message;
  return new ConfigError(source, key, `${expected}, but got ${shown(found)}`);
}
