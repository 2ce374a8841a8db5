/**
 * Canvases as planes of bytes, the form that the library takes pictures in, and back.
 */
type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** The colours of a canvas as bytes, [3, height, width]. */
export function bytesOf(context: Context): Uint8Array {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const plane = width * height;
  const planes = new Uint8Array(3 * plane);
  for (let p = 0; p < plane; p++) for (let c = 0; c < 3; c++) planes[c * plane + p] = data[4 * p + c] ?? 0;
  return planes;
}

/** Planes [3, height, width] as an opaque picture. */
export function imageOfBytes(planes: Uint8Array, height: number, width: number): ImageData {
  const image = new ImageData(width, height);
  const plane = width * height;
  for (let p = 0; p < plane; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = planes[c * plane + p] ?? 0;
    image.data[4 * p + 3] = 255;
  }
  return image;
}
