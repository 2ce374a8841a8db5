/**
 * A picture that a person gives as ink levels: made gray, its middle square brought to the grid, dark as much ink.
 */
import { DeblendError } from "../../../src/index.ts";
import { PICTURE_SIDE } from "./picture.ts";

/**
 * @returns [side, side] levels from 0 to 15
 * @throws DeblendError for a file that is no picture, and for one without anything dark
 */
export async function readPicture(file: Blob & { readonly name?: string }): Promise<Uint8Array<ArrayBuffer>> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new DeblendError(
      `${file.name ?? "This file"} could not be read as a picture: choose a PNG, JPEG or WebP file.`,
    );
  });
  const canvas = new OffscreenCanvas(PICTURE_SIDE, PICTURE_SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new DeblendError("This browser gives no canvas to read pictures with.");
  const side = Math.min(bitmap.width, bitmap.height);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, PICTURE_SIDE, PICTURE_SIDE);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.drawImage(bitmap, left, top, side, side, 0, 0, PICTURE_SIDE, PICTURE_SIDE);
  bitmap.close();
  const { data } = context.getImageData(0, 0, PICTURE_SIDE, PICTURE_SIDE);
  const levels = new Uint8Array(PICTURE_SIDE ** 2);
  for (let i = 0; i < levels.length; i++) {
    const [r = 0, g = 0, b = 0] = data.subarray(4 * i, 4 * i + 3);
    levels[i] = Math.round(15 * (1 - (0.299 * r + 0.587 * g + 0.114 * b) / 255));
  }
  if (!levels.some((level) => level > 0))
    throw new DeblendError("This picture is white everywhere: choose one with something dark in it.");
  return levels;
}
