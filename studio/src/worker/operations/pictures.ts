/**
 * Pictures that a person gives as a set to train on: decoded by the browser, brought to one size by the library.
 */
import {
  DeblendError,
  type ImageDataset,
  messageOf,
  pixelDataset,
  readFromMemory,
  toChannels,
} from "../../../../src/index.ts";
import { readImage } from "../../images/read.ts";
import { fitted } from "./fitPicture.ts";

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/**
 * @param told after every picture
 * @throws DeblendError if not one of them can be read
 */
export async function readPictures(
  files: readonly File[],
  side: number,
  channels: 1 | 3,
  told: (done: number) => Promise<void>,
): Promise<{ readonly dataset: ImageDataset; readonly skipped: readonly Skipped[] }> {
  const size = channels * side * side;
  const pixels = new Uint8Array(files.length * size);
  const skipped: Skipped[] = [];
  let length = 0;
  for (const [i, file] of files.entries()) {
    try {
      pixels.set(toChannels(await square(file, side), 3, channels), length * size);
      length++;
    } catch (thrown) {
      skipped.push({ name: file.name, reason: messageOf(thrown) });
    }
    await told(i + 1);
  }
  if (length === 0)
    throw new DeblendError(skipped[0]?.reason ?? "There are no pictures to train on: drop some first.");
  const readBytes = readFromMemory(pixels.subarray(0, length * size), size);
  return { dataset: pixelDataset({ length, shape: [channels, side, side], readBytes }), skipped };
}

/** The picture's middle as bytes, [3, side, side]. */
async function square(file: File, side: number): Promise<Uint8Array> {
  const bitmap = await readImage(file);
  try {
    return fitted(bitmap, side, side);
  } finally {
    bitmap.close();
  }
}
