/**
 * What a network is for, as its configuration tells: its task, what it is shown besides noise, and checks of that.
 */
import type { Batch } from "../batch.ts";
import { parseTask, type Task } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import type { UNetConfig } from "../networks/index.ts";
import type { Given } from "./guidance.ts";

export interface ModelPurpose {
  readonly task: Task;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels of the condition, 0 for none. */
  readonly conditionChannels: number;
  /** Names of the classes, none where the network takes no label. */
  readonly classes: readonly string[];
  /** The label that stands for "none"; undefined where the network has no row for it. */
  readonly nullLabel: number | undefined;
  /** Share of the training samples that were shown "none" instead; undefined where the network does not say. */
  readonly labelDropout: number | undefined;
}

/** A network of others, which does not say its task, is taken for one of pairs or of classes by its shape. */
export function purposeOf(config: UNetConfig): ModelPurpose {
  const { in_channels, out_channels, num_class_embeds: rows, _deblend: said } = config;
  const conditionChannels = in_channels - out_channels;
  const guess = conditionChannels > 0 ? "paired" : rows === null ? "unconditional" : "class";
  const numbered = rows === null ? [] : Array.from({ length: rows }, (_, i) => String(i));
  return {
    task: parseTask(said?.task ?? guess),
    channels: out_channels,
    conditionChannels,
    classes: said?.classes ?? numbered,
    nullLabel: rows === null || said?.classes === undefined ? undefined : said.classes.length,
    labelDropout: said?.labelDropout,
  };
}

/** The number of a class. */
export function labelOf({ classes }: Pick<ModelPurpose, "classes">, name: string): number {
  const label = classes.indexOf(name);
  if (label >= 0) return label;
  throw new DeblendError(
    classes.length === 0
      ? `The model knows no classes, so it has none named ${name}: leave the class out.`
      : `The model has no class ${name}: it has ${classes.join(", ")}.`,
  );
}

/**
 * Checks what is given for a batch of images.
 *
 * @throws DeblendError that says what the network takes
 */
export function checkGiven(
  { conditionChannels, classes, nullLabel }: ModelPurpose,
  { shape: [n, , ...sides] }: Pick<Batch, "shape">,
  { condition, label }: Pick<Given, "condition" | "label">,
): void {
  const wanted = [n, conditionChannels, ...sides];
  if (conditionChannels === 0 && condition !== undefined) {
    throw new DeblendError("The model takes no condition, but was given one: leave it out.");
  }
  if (conditionChannels > 0 && condition?.shape.join() !== wanted.join()) {
    const found = condition === undefined ? "was given none" : `got [${condition.shape.join(", ")}]`;
    throw new DeblendError(
      `The model takes a condition of shape [${wanted.join(", ")}] (batch, channels, height, width), but ${found}.`,
    );
  }
  if (classes.length === 0) {
    if (label !== undefined)
      throw new DeblendError("The model takes no class, but was given one: leave it out.");
    return;
  }
  const rows = classes.length + (nullLabel === undefined ? 0 : 1);
  const isLabel = (value: number) => Number.isInteger(value) && value >= 0 && value < rows;
  if (label === undefined || label.length !== n || !label.every(isLabel)) {
    const names = classes.map((name, i) => `${i} (${name})`).join(", ");
    const none = nullLabel === undefined ? "" : `, ${nullLabel} (none)`;
    const found = label === undefined ? "was given none" : `got [${[...label].join(", ")}]`;
    throw new DeblendError(
      `The model takes a class for each of the ${n} images, one of ${names}${none}, but ${found}.`,
    );
  }
}
