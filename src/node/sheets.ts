/**
 * The sheets of conditional models as files: a row a condition, or a row a class.
 */

import { type Batch, sizeOf } from "../batch.ts";
import { drawSheet, type Sheet, sheetSize } from "../figures/index.ts";
import { writeCanvas } from "./canvas.ts";
import { comfortableScale } from "./images.ts";
import type { ClassSamples, ConditionalSamples } from "./sampleConditional.ts";
import { drawable, sideBySide } from "./sampleGrid.ts";

/** Pictures of one class side by side, where it has no more than make a row. */
const ROW = 8;

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

/** A row a class; a single class has as many rows as it needs, and its name beside the first. */
export async function writeClassSheet(
  file: string,
  { classes, images }: Pick<ClassSamples, "classes" | "images">,
): Promise<void> {
  const scale = comfortableScale(images.shape);
  const [only] = classes.length === 1 ? classes : [];
  if (only === undefined) {
    return writeSheet(file, { columns: [], rows: classes, pictures: images, scale });
  }
  const [n] = images.shape;
  const across = Math.max(Math.min(n, ROW), Math.ceil(Math.sqrt(n)));
  const rows = Array.from({ length: Math.ceil(n / across) }, (_, i) => (i === 0 ? only : ""));
  await writeSheet(file, { columns: [], rows, pictures: filledUp(images, rows.length * across), scale });
}

/** The batch, and white pictures after it up to `count`. */
function filledUp({ data, shape: [, ...event] }: Batch, count: number): Batch {
  const out = new Float32Array(count * sizeOf(event)).fill(1);
  out.set(data);
  return { data: out, shape: [count, ...event] };
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
