/**
 * A drawn density as text for the address: ink in 16 levels, runs of equal cells, base64 in the alphabet of addresses.
 *
 * A byte is a level (upper half) and a run's length minus one (lower half), so a drawing takes a few hundred characters.
 */
import { DeblendError } from "../../../src/errors.ts";

/** Cells along a side; the picture fills [-1, 1]^2, first row at the top. */
export const PICTURE_SIDE = 48;
const CELLS = PICTURE_SIDE ** 2;
const LONGEST_RUN = 16;

/** @param levels ink from 0 (none) to 15, [side, side] */
export function encodePicture(levels: Uint8Array): string {
  const bytes: number[] = [];
  for (let i = 0; i < CELLS; ) {
    const level = levels[i] ?? 0;
    let run = 1;
    while (run < LONGEST_RUN && i + run < CELLS && (levels[i + run] ?? 0) === level) run++;
    bytes.push(level * LONGEST_RUN + run - 1);
    i += run;
  }
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** @throws DeblendError for text that is no picture */
export function decodePicture(text: string): Uint8Array {
  const levels = new Uint8Array(CELLS);
  let filled = 0;
  for (const byte of bytesOf(text)) {
    const run = (byte % LONGEST_RUN) + 1;
    levels.fill(byte >> 4, filled, filled + run);
    filled += run;
  }
  if (filled !== CELLS)
    throw new DeblendError("The address holds a picture that is incomplete: ask for the whole link.");
  return levels;
}

function bytesOf(text: string): number[] {
  try {
    return [...atob(text.replaceAll("-", "+").replaceAll("_", "/"))].map((letter) => letter.charCodeAt(0));
  } catch {
    throw new DeblendError("The address holds a picture that cannot be read: ask for the whole link.");
  }
}
