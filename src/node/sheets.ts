/**
 * The sheets of conditional models as files: a row a condition, or a row a class.
 */

import { type Batch, sizeOf } from "../batch.ts";
import { drawSheet, type Sheet, sheetSize } from "../figures/index.ts";
import { writeCanvas } from "./canvas.ts";
import { comfortableScale, writeGrid } from "./images.ts";
import type { ClassSamples, ConditionalSamples } from "./sampleConditional.ts";
import { drawable, sideBySide } from "./sampleGrid.ts";

/** Small pictures are enlarged so that their names have room. */
const sheetScale = (shape: Batch["shape"]) =>
  Math.max(1, Math.ceil(96 / (shape[3] ?? 1)), comfortableScale(shape));

async function writeSheet(file: string, sheet: Sheet): Promise<void> {
  await writeCanvas(file, sheetSize(sheet), (context) => drawSheet(context, sheet));
}

/** Input, reference where there is one, and the generations; as in the paper. */
export async function writeConditionSheet(file: string, samples: ConditionalSamples): Promise<void> {
  const { names, condition, reference, images, variations } = samples;
  const generations = Array.from({ length: variations }, (_, v) => everyNth(images, v, variations));
  const pictures = sideBySide([drawable(condition), ...(reference ? [reference] : []), ...generations]);
  await writeSheet(file, {
    columns: [
      "input",
      ...(reference ? ["reference"] : []),
      ...generations.map((_, v) => (variations === 1 ? "generation" : `generation ${v + 1}`)),
    ],
    rows: names,
    pictures,
    scale: sheetScale(pictures.shape),
  });
}

/** A row a class; a single class is a plain grid. */
export async function writeClassSheet(file: string, { classes, images }: ClassSamples): Promise<void> {
  if (classes.length === 1) return writeGrid(images, file, { scale: comfortableScale(images.shape) });
  await writeSheet(file, {
    columns: [],
    rows: classes,
    pictures: images,
    scale: comfortableScale(images.shape),
  });
}

/** Entries `first`, `first + step`, and so on. */
export function everyNth({ data, shape: [n, ...event] }: Batch, first: number, step: number): Batch {
  const size = sizeOf(event);
  const count = Math.ceil((n - first) / step);
  const out = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const from = (first + i * step) * size;
    out.set(data.subarray(from, from + size), i * size);
  }
  return { data: out, shape: [count, ...event] };
}
