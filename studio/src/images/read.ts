/**
 * Pictures that a person gives: decoded by the browser, brought to a size.
 */
import { DeblendError } from "../../../src/index.ts";

/** @throws DeblendError for a file that is no picture */
export async function readImage(file: Blob & { readonly name?: string }): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new DeblendError(
      `${file.name || "This file"} could not be read as a picture: choose a PNG, JPEG or WebP file.`,
    );
  }
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Fills a canvas with a picture's middle, on white where it is transparent. */
export function drawCovering(context: Context, bitmap: ImageBitmap): void {
  const { width, height } = context.canvas;
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [wide, tall] = [bitmap.width * scale, bitmap.height * scale];
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - wide) / 2, (height - tall) / 2, wide, tall);
}
