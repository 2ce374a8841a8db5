/**
 * The conditions that a person's pictures make, by the same rules that made those of the training.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { maskPicture, type Picture } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import type { ModelPurpose } from "../training/purpose.ts";
import type { Channels } from "./data/decode.ts";
import { type PictureFile, readPictures } from "./readPictures.ts";

export interface ConditionOptions {
  /** A picture, or a folder or a zip of them. */
  readonly condition: string;
  /** What the results should look like: pictures of the same names, whatever their endings. */
  readonly reference?: string | undefined;
  /** Inpainting: white where the picture is to be filled in; without it, a hole is drawn at random. */
  readonly mask?: string | undefined;
  /** Restoration: the pictures are degraded already, so nothing more is done to them. */
  readonly degraded?: boolean | undefined;
  readonly seed: number;
  /** Takes the first of them. */
  readonly limit: number;
}

/** Conditions for a model, one a row. */
export interface Conditions {
  /** Of the pictures, from the folder that holds them all and without endings; no two are alike. */
  readonly names: readonly string[];
  /** [n, channels of the condition, height, width]. */
  readonly condition: Batch;
  /** [n, channels of the image, height, width], where there is something to compare with. */
  readonly reference: Batch | undefined;
  /** Sentences on what was done to the pictures. */
  readonly notes: readonly string[];
}

const channelsOf = (count: number): Channels => (count === 1 ? "gray" : "rgb");

/**
 * Reads pictures and makes the model's conditions of them. For restoration they are degraded as in training, and serve as
 * their own reference; pictures smaller than the model's images are taken as the coarse ones of a super-resolution.
 *
 * @param event shape of the model's images
 * @throws DeblendError for pictures or options that do not fit the model
 */
export async function readConditions(
  purpose: ModelPurpose,
  event: readonly [number, number, number],
  options: ConditionOptions,
): Promise<Conditions> {
  const { task } = purpose;
  checkOptions(purpose, options);
  const { files, total } = await readPictures(options.condition, options.limit);
  const notes: string[] = [];
  if (total > files.length) notes.push(`The first ${files.length} of ${total} pictures are used.`);
  const mask = options.mask === undefined ? undefined : await readMask(options.mask, event);
  const rows: { condition: Float32Array; own: Float32Array | undefined; what: string }[] = [];
  for (const [index, file] of files.entries()) {
    rows.push(await makeCondition(purpose, event, file, { ...options, mask, index }));
  }
  for (const what of new Set(rows.map((row) => row.what))) {
    notes.push(`${rows.filter((row) => row.what === what).length} of ${rows.length}: ${what}.`);
  }
  const shape = [purpose.conditionChannels, event[1], event[2]] as const;
  const own = rows.map((row) => row.own).filter((data) => data !== undefined);
  const given =
    options.reference === undefined ? undefined : await readReferences(options.reference, files, event);
  const reference = given ?? (own.length === rows.length && !task.isPaired ? stacked(own, event) : undefined);
  return {
    names: files.map(({ plainName }) => plainName),
    condition: stacked(
      rows.map((row) => row.condition),
      shape,
    ),
    reference,
    notes,
  };
}

function checkOptions({ task, conditionChannels }: ModelPurpose, { mask, degraded }: ConditionOptions): void {
  if (conditionChannels === 0) {
    throw new DeblendError(
      `The model takes no condition (its task is ${task.spelling}): leave the condition out.`,
    );
  }
  if (mask !== undefined && task.name !== "inpaint") {
    throw new DeblendError(
      `A mask is for inpainting, but the model's task is ${task.spelling}: leave the mask out.`,
    );
  }
  if (degraded && (task.isPaired || task.asCondition === undefined)) {
    throw new DeblendError(
      `Pictures that are degraded already are for superres, colorize and deblur, but the model's task is ${task.spelling}.`,
    );
  }
}

/** One row: the condition, the picture itself where it is whole, and what was done. */
async function makeCondition(
  { task, conditionChannels }: ModelPurpose,
  event: readonly [number, number, number],
  file: PictureFile,
  {
    degraded = false,
    seed,
    mask,
    index,
  }: { degraded?: boolean | undefined; seed: number; mask: Float32Array | undefined; index: number },
): Promise<{ condition: Float32Array; own: Float32Array | undefined; what: string }> {
  const [channels, height, width] = event;
  const condition = new Float32Array(conditionChannels * height * width);
  const fitted = file.height === height && file.width === width ? "" : `, brought to ${height}x${width}`;
  if (task.isPaired) {
    const { data } = await file.fit([height, width], channelsOf(conditionChannels));
    return { condition: data, own: undefined, what: `conditions as they are${fitted}` };
  }
  const { factor = 1 } = task;
  const isCoarse = factor > 1 && (degraded || (file.height < height && file.width < width));
  if (isCoarse || degraded) {
    const size = [height / factor, width / factor] as const;
    const picture = await file.fit(size, channelsOf(channels));
    task.asCondition?.(picture, condition);
    const coarse = file.height === size[0] && file.width === size[1] ? "" : `, brought to ${size.join("x")}`;
    const what = isCoarse
      ? `small pictures${coarse}, enlarged ${factor} times`
      : `degraded pictures${fitted}`;
    return { condition, own: undefined, what: `${what}, nothing else done` };
  }
  const picture = await file.fit([height, width], channelsOf(channels));
  if (mask !== undefined) maskPicture(picture, mask, condition);
  else task.degrade?.(picture, condition, { seed, index });
  const what = mask === undefined ? `degraded as in training (${task.spelling})` : "the mask laid over";
  return { condition, own: picture.data, what: `whole pictures${fitted}, ${what}` };
}

/** [height, width], 0 or 1. */
async function readMask(path: string, [, height, width]: readonly number[]): Promise<Float32Array> {
  const { files } = await readPictures(path, 1);
  const picture = await files[0]?.fit([height ?? 1, width ?? 1], "gray");
  return (picture?.data ?? new Float32Array()).map((value) => (value > 0 ? 1 : 0));
}

/** The pictures of the same plain names; a single one fits a single condition whatever its name. */
async function readReferences(
  path: string,
  conditions: readonly PictureFile[],
  event: readonly [number, number, number],
): Promise<Batch> {
  const wanted = new Set(conditions.map(({ plainName }) => plainName));
  const isOnly = conditions.length === 1;
  const { files } = await readPictures(path, Number.POSITIVE_INFINITY, (name) => isOnly || wanted.has(name));
  const byName = new Map(files.map((file) => [file.plainName, file]));
  const pictures: Picture[] = [];
  for (const { name, plainName } of conditions) {
    const found = files.length === 1 && isOnly ? files[0] : byName.get(plainName);
    if (found === undefined) {
      throw new DeblendError(
        `The condition ${name} has no reference in ${path}: add ${plainName}.png there, or leave the reference out.`,
      );
    }
    pictures.push(await found.fit([event[1], event[2]], channelsOf(event[0])));
  }
  return stacked(
    pictures.map(({ data }) => data),
    event,
  );
}

/** Rows as one batch. */
function stacked(rows: readonly Float32Array[], event: readonly number[]): Batch {
  const size = sizeOf(event);
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    data.set(row, i * size);
  });
  return { data, shape: [rows.length, ...event] };
}
