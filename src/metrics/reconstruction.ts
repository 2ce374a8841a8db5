/**
 * How near pictures are to the ones that they should be: error, PSNR and the statistics of their colours.
 *
 * Pictures are [n, channels, height, width] in [-1, 1]; what lies outside is cut off, as it is where they are shown.
 */
import { type Batch, sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";

export interface Reconstruction {
  /** Peak signal-to-noise ratio in decibels, the mean over the pictures; the peak is the whole range. */
  readonly psnr: number;
  /** Mean absolute error, of a range from 0 to 1. */
  readonly absoluteError: number;
  /** Mean distance of the channels' means within a picture, of a range from 0 to 1. */
  readonly colourMeanError: number;
  /** Mean distance of the channels' standard deviations within a picture, of a range from 0 to 1. */
  readonly colourSpreadError: number;
}

/** Errors below a byte's rounding are no errors: the PSNR of equal pictures is large, not infinite. */
const SMALLEST_SQUARE = (0.5 / 255) ** 2;

const unit = (value: number) => (Math.min(1, Math.max(-1, value)) + 1) / 2;

/**
 * Compares picture i of `found` with picture i of `wanted`.
 *
 * @throws DeblendError where the shapes differ
 */
export function compareReconstruction(found: Batch, wanted: Batch): Reconstruction {
  if (found.shape.join() !== wanted.shape.join()) {
    throw new DeblendError(
      `Pictures can be compared with pictures of their own shape, but got [${found.shape.join(", ")}] and [${wanted.shape.join(", ")}].`,
    );
  }
  const [n, channels = 1] = found.shape;
  const size = sizeOf(found.shape.slice(1));
  const sums = { psnr: 0, absoluteError: 0, colourMeanError: 0, colourSpreadError: 0 };
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let k = i * size; k < (i + 1) * size; k++) {
      const difference = unit(found.data[k] ?? 0) - unit(wanted.data[k] ?? 0);
      squares += difference * difference;
      sums.absoluteError += Math.abs(difference) / (n * size);
    }
    sums.psnr += (-10 * Math.log10(Math.max(SMALLEST_SQUARE, squares / size))) / n;
    const plane = size / channels;
    for (let c = 0; c < channels; c++) {
      const start = i * size + c * plane;
      const [a, b] = [found, wanted].map(({ data }) => colourStatistics(data.subarray(start, start + plane)));
      sums.colourMeanError += Math.abs((a?.mean ?? 0) - (b?.mean ?? 0)) / (n * channels);
      sums.colourSpreadError += Math.abs((a?.spread ?? 0) - (b?.spread ?? 0)) / (n * channels);
    }
  }
  return sums;
}

/** Mean and standard deviation of one channel's pixels, of a range from 0 to 1. */
function colourStatistics(plane: Float32Array): { readonly mean: number; readonly spread: number } {
  let [sum, squares] = [0, 0];
  for (const value of plane) {
    sum += unit(value);
    squares += unit(value) ** 2;
  }
  const mean = sum / plane.length;
  return { mean, spread: Math.sqrt(Math.max(0, squares / plane.length - mean * mean)) };
}
