/**
 * Super-resolution: the condition is the picture averaged down by a factor and brought back to its size.
 *
 * Down: the mean of each K by K square. Up: cubic convolution (Keys, "Cubic convolution interpolation for digital image
 * processing", 1981, a = -1/2), or the nearest pixel.
 */
import { DeblendError } from "../../errors.ts";
import { type Picture, type PictureShape, parameterError, type Task, type TaskKind } from "./task.ts";

const SYNTAX = "superres[:K[:nearest]]";
const DEFAULT_FACTOR = 4;

export const superres: TaskKind = {
  name: "superres",
  syntax: SYNTAX,
  parse: (parameters) => {
    const [text = String(DEFAULT_FACTOR), filter = "bicubic"] = parameters;
    if (parameters.length > 2 || (filter !== "bicubic" && filter !== "nearest")) {
      throw parameterError("superres", SYNTAX, parameters);
    }
    const factor = Number(text);
    if (!Number.isInteger(factor) || factor < 2 || factor > 64) {
      throw new DeblendError(`The factor of ${SYNTAX} is a whole number from 2 to 64, but got ${text}.`);
    }
    return withFactor(factor, filter);
  },
};

function withFactor(factor: number, filter: "bicubic" | "nearest"): Task {
  const enlarge = filter === "bicubic" ? enlargeBicubic : enlargeNearest;
  return {
    name: "superres",
    spelling: filter === "bicubic" ? `superres:${factor}` : `superres:${factor}:nearest`,
    description: `the picture at 1/${factor} of its size, enlarged again (${filter})`,
    isPaired: false,
    isLabelled: false,
    factor,
    conditionChannels: (channels) => channels,
    checkSize: (size) => {
      if (size.some((side) => side % factor !== 0)) {
        throw new DeblendError(
          `The sides of the pictures must be multiples of the factor ${factor} of superres, but they are ${size.join("x")}.`,
        );
      }
    },
    degrade: (picture, out) => enlarge(shrink(picture, factor), factor, out),
    asCondition: (picture, out) => {
      if (picture.data.length === out.length) out.set(picture.data);
      else enlarge(picture, factor, out);
    },
  };
}

/** The mean of each square of `factor` by `factor` pixels. */
export function shrink({ data, shape }: Picture, factor: number): Picture {
  const [channels, height, width] = shape;
  const small: PictureShape = [channels, height / factor, width / factor];
  const out = new Float32Array(channels * small[1] * small[2]);
  for (let row = 0; row < channels * height; row++) {
    const target = Math.floor(row / factor) * small[2];
    for (let x = 0; x < width; x++) {
      const i = target + Math.floor(x / factor);
      out[i] = (out[i] ?? 0) + (data[row * width + x] ?? 0) / (factor * factor);
    }
  }
  return { data: out, shape: small };
}

function enlargeNearest(
  { data, shape: [channels, height, width] }: Picture,
  factor: number,
  out: Float32Array,
): void {
  const wide = width * factor;
  for (let i = 0; i < channels * height * factor * wide; i++) {
    const row = Math.floor(Math.floor(i / wide) / factor);
    out[i] = data[row * width + Math.floor((i % wide) / factor)] ?? 0;
  }
}

/** Cubic convolution at half-pixel centres, one axis after the other; beyond an edge lies the edge's own pixel. */
export function enlargeBicubic(
  { data, shape: [channels, height, width] }: Picture,
  factor: number,
  out: Float32Array,
): void {
  const taps = cubicTaps(factor);
  const wide = width * factor;
  const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));
  const rows = new Float64Array(channels * height * wide);
  for (let row = 0; row < channels * height; row++) {
    for (let x = 0; x < wide; x++) {
      const { start, weights } = taps[x % factor] ?? { start: 0, weights: [] };
      const from = Math.floor(x / factor) + start;
      let sum = 0;
      for (const [i, weight] of weights.entries())
        sum += weight * (data[row * width + clamp(from + i, width)] ?? 0);
      rows[row * wide + x] = sum;
    }
  }
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height * factor; y++) {
      const { start, weights } = taps[y % factor] ?? { start: 0, weights: [] };
      const from = Math.floor(y / factor) + start;
      for (let x = 0; x < wide; x++) {
        let sum = 0;
        for (const [i, weight] of weights.entries()) {
          sum += weight * (rows[(c * height + clamp(from + i, height)) * wide + x] ?? 0);
        }
        out[(c * height * factor + y) * wide + x] = Math.min(1, Math.max(-1, sum));
      }
    }
  }
}

/** For each place inside an enlarged pixel, the four source pixels around it and their weights. */
function cubicTaps(
  factor: number,
): readonly { readonly start: number; readonly weights: readonly number[] }[] {
  return Array.from({ length: factor }, (_, phase) => {
    const centre = (phase + 0.5) / factor - 0.5;
    const start = Math.floor(centre) - 1;
    return { start, weights: [0, 1, 2, 3].map((i) => keys(centre - start - i)) };
  });
}

/** The kernel of Keys with a = -1/2. */
function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}
