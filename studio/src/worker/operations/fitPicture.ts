/**
 * A picture that a person gives, brought to a size as the library brings those that it trains on: covered, its middle kept.
 */
import { createResampler, DeblendError } from "../../../../src/index.ts";
import { bytesOf } from "../../images/planes.ts";
import { drawCovering, readImage } from "../../images/read.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface FitPictureRequest {
  readonly file: File;
  readonly height: number;
  readonly width: number;
  /** A picture that is smaller on both sides is brought to this part of the size, as the coarse one it is taken for. */
  readonly factor: number;
}

export interface FittedPicture {
  readonly height: number;
  readonly width: number;
  /** [3, height, width] */
  readonly bytes: Uint8Array;
}

export const run: Operation<FitPictureRequest, never, FittedPicture> = async ({
  file,
  height,
  width,
  factor,
}) => {
  const bitmap = await readImage(file);
  try {
    const part = bitmap.height < height && bitmap.width < width ? factor : 1;
    const size = { height: height / part, width: width / part };
    const bytes = fitted(bitmap, size.height, size.width);
    return moved({ ...size, bytes }, [bytes]);
  } finally {
    bitmap.close();
  }
};

/** Larger pictures are shrunk by the browser first, to this many times the sides that are wanted. */
const HEADROOM = 8;

/** The picture's middle as bytes, [3, height, width]. */
export function fitted(bitmap: ImageBitmap, height: number, width: number): Uint8Array {
  const shrink = Math.min(1, HEADROOM * Math.max(height / bitmap.height, width / bitmap.width));
  const tall = Math.max(1, Math.round(bitmap.height * shrink));
  const wide = Math.max(1, Math.round(bitmap.width * shrink));
  const context = new OffscreenCanvas(wide, tall).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new DeblendError("This browser gives no canvas to read pictures with.");
  drawCovering(context, bitmap);
  return createResampler(3, [tall, wide], [height, width])(bytesOf(context));
}
