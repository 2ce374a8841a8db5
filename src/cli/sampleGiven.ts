/**
 * The part of `deblend sample` for models that are shown more than noise: conditions, classes, guidance, sheets.
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Batch } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { writeImage } from "../node/images.ts";
import { readPurpose } from "../node/openModel.ts";
import {
  type DrawOptions,
  type SampleConditionsOptions,
  sampleClasses,
  sampleConditions,
} from "../node/sampleConditional.ts";
import { writeClassSheet, writeConditionSheet } from "../node/sheets.ts";
import { notNegative, wholeNumber } from "./values.ts";

export interface GivenArguments extends DrawOptions, Omit<SampleConditionsOptions, "limit"> {
  readonly class?: readonly string[];
  readonly out?: string;
  readonly each?: string;
  readonly count?: number;
  readonly trajectory?: string;
}

/** What was drawn, for telling. */
export interface GivenOutcome {
  readonly images: Batch;
  readonly device: string;
  readonly notes: readonly string[];
  /** What was given, for `--json`. */
  readonly facts: object;
}

/** Images by default: in all, and in a row. */
const GRID = 64;
const ROW = 8;

/** Adds the options to the command. */
export function addGivenOptions(command: Command): void {
  command
    .option(
      "--condition <PATH>",
      "pictures to draw images for: a file, a folder or a zip; --out is then a sheet",
    )
    .option("--held-out", "draw images for the pictures that the run kept out of its training")
    .option(
      "--reference <PATH>",
      "what the images should look like, under the names of the conditions; for the sheet",
    )
    .option(
      "--mask <FILE>",
      "inpainting: white where the picture is to be filled in; a random hole without it",
    )
    .option("--degraded", "restoration: the pictures are degraded already, so use them as they are")
    .addOption(
      new Option("--variations <N>", "images for each condition").argParser(wholeNumber(1)).default(2),
    )
    .option("--class <NAME...>", "draw images of these classes; a row for every class without it")
    .addOption(
      new Option(
        "--guidance <W>",
        "how strongly the class or condition acts: 1 as it was trained, 2 to 4 more clearly, 0 not at all",
      )
        .argParser(notNegative)
        .default(1),
    );
}

/**
 * Draws and writes for a model that is shown more than noise; undefined where the model is not, and nothing is given.
 */
export async function sampleGiven(model: string, options: GivenArguments): Promise<GivenOutcome | undefined> {
  const { condition, heldOut, reference, mask, degraded, variations, guidance, count, out, each } = options;
  const purpose = await readPurpose(model);
  if (options.trajectory !== undefined && (purpose.classes.length > 0 || purpose.conditionChannels > 0)) {
    throw new DeblendError(
      `A trajectory is drawn for models that draw from noise alone, but the task of ${model} is ${purpose.task.spelling}: leave --trajectory out.`,
    );
  }
  if (options.class !== undefined || (condition === undefined && !heldOut && purpose.classes.length > 0)) {
    const rows = options.class?.length ?? purpose.classes.length;
    // One class fills a grid; several share it, a row each.
    const perClass =
      options.class === undefined ? Math.ceil((count ?? GRID) / rows) : (count ?? (rows === 1 ? GRID : ROW));
    const drawn = await sampleClasses(model, { ...options, classes: options.class, count: perClass });
    if (out !== undefined) await writeClassSheet(out, drawn);
    const names = drawn.classes.flatMap((name) => numbered(name, perClass));
    if (each !== undefined) await writeEach(drawn.images, each, names);
    return {
      images: drawn.images,
      device: drawn.device,
      notes: [],
      facts: { classes: drawn.classes, guidance },
    };
  }
  const extra =
    condition !== undefined || heldOut || reference !== undefined || mask !== undefined || degraded;
  if (purpose.conditionChannels === 0 && !extra && guidance === 1) return undefined;
  const drawn = await sampleConditions(model, { ...options, ...(count !== undefined && { limit: count }) });
  if (out !== undefined) await writeConditionSheet(out, drawn);
  const names = drawn.names.flatMap((name) => numbered(name, drawn.variations));
  if (each !== undefined) await writeEach(drawn.images, each, names);
  return {
    images: drawn.images,
    device: drawn.device,
    notes: drawn.notes,
    facts: { conditions: drawn.names, variations, guidance, notes: drawn.notes },
  };
}

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);

async function writeEach(images: Batch, folder: string, names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) await writeImage(images, i, join(folder, `${name}.png`));
}
