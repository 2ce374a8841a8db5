/**
 * Canvases as what a network takes: planes of numbers in [-1, 1].
 */
import { type ChannelCount, DeblendError, toChannels } from "../../../src/index.ts";

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

/**
 * A condition from a canvas: gray or colour; with a hole, one channel more, in which 1 marks the hole and -1 the rest, and
 * the picture is 0 inside it.
 *
 * @throws DeblendError for a number of channels that no canvas gives
 */
export function planesOf(
  canvas: Context | null,
  hole: Context | null,
  [channels, height, width]: readonly [number, number, number],
): Float32Array {
  if (canvas === null) throw new DeblendError("This browser gives no canvas to draw on.");
  const colours = channels - (hole === null ? 0 : 1);
  if (colours !== 1 && colours !== 3) {
    throw new DeblendError(
      `The model's condition has ${channels} channels, but pictures give 1 or 3: this page cannot draw it.`,
    );
  }
  const bytes = toChannels(bytesOf(canvas), 3, colours satisfies ChannelCount);
  const plane = height * width;
  const planes = new Float32Array(channels * plane);
  for (const [i, byte] of bytes.entries()) planes[i] = byte / 127.5 - 1;
  if (hole === null) return planes;
  const { data } = hole.getImageData(0, 0, width, height);
  for (let p = 0; p < plane; p++) {
    const isHole = (data[4 * p + 3] ?? 0) > 127;
    planes[colours * plane + p] = isHole ? 1 : -1;
    for (let c = 0; isHole && c < colours; c++) planes[c * plane + p] = 0;
  }
  return planes;
}
