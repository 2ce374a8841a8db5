/**
 * Batches as pixels that a canvas takes: numbers in [-1, 1] become bytes, as in the files that the command writes.
 */
import type { Batch } from "../../../src/index.ts";

/** Pictures of one size, opaque. */
export interface Pixels {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** [count, height, width, 4]: red, green, blue and 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** @param batch [n, c, h, w] of 1 channel (gray) or 3 */
export function pixelsOf({ data, shape }: Batch): Pixels {
  const [count, channels = 1, height = 1, width = 1] = shape;
  const plane = height * width;
  // What lies outside [-1, 1] is cut off by the array's type, which rounds as well.
  const out = new Uint8ClampedArray(count * plane * 4).fill(255);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      const from = (i * channels + (channels === 1 ? 0 : c)) * plane;
      for (let p = 0; p < plane; p++) {
        out[4 * (i * plane + p) + c] = ((data[from + p] ?? 0) + 1) * 127.5;
      }
    }
  }
  return { count, width, height, data: out };
}

/** One of the pictures, for `putImageData`. */
export function imageOf({ width, height, data }: Pixels, index: number): ImageData {
  const size = 4 * width * height;
  return new ImageData(data.subarray(index * size, (index + 1) * size), width, height);
}

/** As square a grid as possible. */
export const squareColumns = (count: number): number => Math.ceil(Math.sqrt(count));
