/**
 * How a density is named in the address and in requests: by its name in the library, or as a picture, `picture:...`.
 */
import { DeblendError, theory } from "../../../src/index.ts";
import { decodePicture, encodePicture, PICTURE_SIDE } from "./picture.ts";

const PICTURE = "picture:";

export const densityNames: readonly string[] = [...theory.densities.keys()];

export const isPicture = (spec: string): boolean => spec.startsWith(PICTURE);

/** The name of a density that is drawn: its levels, [side, side], written down; nothing is written of an empty drawing. */
export const pictureSpec = (levels: Uint8Array): string =>
  PICTURE + (levels.some((level) => level > 0) ? encodePicture(levels) : "");

/** The picture behind a spec, [side, side] ink levels; undefined for a density of the library. */
export function pictureOf(spec: string): Uint8Array | undefined {
  if (!isPicture(spec)) return undefined;
  return spec === PICTURE ? new Uint8Array(PICTURE_SIDE ** 2) : decodePicture(spec.slice(PICTURE.length));
}

/** What people call it. */
export const densityLabel = (spec: string): string =>
  isPicture(spec) ? "your drawing" : spec.replaceAll("-", " ");

/** Pictures take time to prepare, and the same ones are asked for again and again. */
const prepared = new Map<string, theory.Density>();
const KEPT = 8;

/** @throws DeblendError for a name that the library does not have, and for a picture without ink */
export function densityOf(spec: string): theory.Density {
  const known = theory.densities.get(spec) ?? prepared.get(spec);
  if (known !== undefined) return known;
  const levels = pictureOf(spec);
  if (levels === undefined) {
    throw new DeblendError(
      `There is no density named ${spec.slice(0, 40)}: choose one of ${densityNames.join(", ")}.`,
    );
  }
  if (!levels.some((level) => level > 0)) {
    throw new DeblendError("The drawing is empty: draw something with the brush, or choose another density.");
  }
  const values = Float32Array.from(levels, (level) => 1 - level / 15);
  const density = theory.imageDensity(values, PICTURE_SIDE, PICTURE_SIDE);
  const oldest = prepared.keys().next().value;
  if (prepared.size >= KEPT && oldest !== undefined) prepared.delete(oldest);
  prepared.set(spec, density);
  return density;
}
