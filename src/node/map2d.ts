/**
 * The figures of the plane as PNG files; grayscale images as densities.
 */
import { computeMap2d, drawMap2d, type Map2dOptions, map2dSize } from "../figures/index.ts";
import { type Density, imageDensity } from "../theory/index.ts";
import { writeCanvas } from "./canvas.ts";
import { readImage } from "./readImage.ts";

/** Side that an image is brought to before it becomes a density. */
const IMAGE_SIDE = 128;

export interface Map2dReport {
  readonly file: string;
  /** Root mean square distance of Algorithm 1's ends from their mean, for each T. */
  readonly spread: readonly { readonly steps: number; readonly spread: number }[];
}

/** Computes, draws and writes the figure. */
export async function writeMap2d(file: string, options: Map2dOptions): Promise<Map2dReport> {
  const result = computeMap2d(options);
  await writeCanvas(file, map2dSize(options), (context) => drawMap2d(context, options, result));
  return { file, spread: result.columns.map(({ steps, spread }) => ({ steps, spread })) };
}

/** A grayscale image as a density: dark is probable. */
export async function readDensity(file: string): Promise<Density> {
  const { data } = await readImage(file, { size: [IMAGE_SIDE, IMAGE_SIDE], channels: "gray" });
  return imageDensity(
    data.map((value) => (value + 1) / 2),
    IMAGE_SIDE,
    IMAGE_SIDE,
  );
}
