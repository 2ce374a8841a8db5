/**
 * Pictures that a person gives as a set to train on: decoded by the browser, brought to one size by the library.
 */
import {
  createResampler,
  DeblendError,
  type ImageDataset,
  messageOf,
  pixelDataset,
  readFromMemory,
  toChannels,
} from "../../../../src/index.ts";
import { bytesOf } from "../../images/planes.ts";
import { drawCovering, readImage } from "../../images/read.ts";

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** Larger pictures are shrunk by the browser first, to this many times the side that is wanted. */
const HEADROOM = 8;

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
      pixels.set(toChannels(await fitted(file, side), 3, channels), length * size);
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
async function fitted(file: File, side: number): Promise<Uint8Array> {
  const bitmap = await readImage(file);
  try {
    const shrink = Math.min(1, (HEADROOM * side) / Math.min(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((length) =>
      Math.max(1, Math.round(length * shrink)),
    );
    const context = new OffscreenCanvas(width ?? 1, height ?? 1).getContext("2d", {
      willReadFrequently: true,
    });
    if (context === null) throw new DeblendError("This browser gives no canvas to read pictures with.");
    drawCovering(context, bitmap);
    return createResampler(3, [height ?? 1, width ?? 1], [side, side])(bytesOf(context));
  } finally {
    bitmap.close();
  }
}
