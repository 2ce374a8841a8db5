/**
 * What a person has put on the pad of a model, kept for the visit: who comes back to the model finds it again.
 */
import { DeblendError } from "../../../../src/index.ts";

export interface PadDrawing {
  /** The picture, white at first. */
  readonly picture: OffscreenCanvasRenderingContext2D;
  /** Inpainting: opaque inside the hole. */
  readonly hole: OffscreenCanvasRenderingContext2D;
  /** Inpainting: whether the hole is yet to be drawn as in training. */
  isHoleOpen: boolean;
  /** Of such a hole. */
  seed: number;
  /** Whether the picture is degraded already. */
  isDegraded: boolean;
}

const drawings = new WeakMap<object, PadDrawing>();

/** @param source the model's file, or what stands for the model that ships with the page */
export function drawingFor(source: object, height: number, width: number): PadDrawing {
  const known = drawings.get(source);
  if (known !== undefined) return known;
  const open = () => {
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (context === null) throw new DeblendError("This browser gives no canvas to draw on.");
    return context;
  };
  const drawing = { picture: open(), hole: open(), isHoleOpen: true, seed: 0, isDegraded: false };
  whiten(drawing.picture);
  drawings.set(source, drawing);
  return drawing;
}

export function whiten(context: OffscreenCanvasRenderingContext2D): void {
  context.fillStyle = "#fff";
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

/** [height, width], 1 where the canvas is opaque. */
export function maskOf(context: OffscreenCanvasRenderingContext2D): Uint8Array {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, p) => ((data[4 * p + 3] ?? 0) > 127 ? 1 : 0));
}

/** Makes the canvas opaque where the mask is 1. */
export function paintMask(context: OffscreenCanvasRenderingContext2D, mask: Uint8Array): void {
  const { width, height } = context.canvas;
  const image = new ImageData(width, height);
  mask.forEach((value, p) => {
    image.data[4 * p + 3] = value === 0 ? 0 : 255;
  });
  context.putImageData(image, 0, 0);
}

/** Squares of two grays over the hole, as programs show what is transparent. */
export function chequer({ data, width }: ImageData, mask: Uint8Array): void {
  const side = Math.max(1, Math.round(width / 16));
  mask.forEach((value, p) => {
    if (value === 0) return;
    const isDark = (Math.floor((p % width) / side) + Math.floor(p / width / side)) % 2 === 0;
    data.fill(isDark ? 120 : 185, 4 * p, 4 * p + 3);
  });
}
