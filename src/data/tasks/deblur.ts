/**
 * Deblurring: the condition is the picture under a Gaussian blur.
 */
import { DeblendError } from "../../errors.ts";
import { type Picture, parameterError, type Task, type TaskKind } from "./task.ts";

const SYNTAX = "deblur[:SIGMA]";
const DEFAULT_SIGMA = 1.5;
const LARGEST_SIGMA = 32;

export const deblur: TaskKind = {
  name: "deblur",
  syntax: SYNTAX,
  parse: (parameters) => {
    const [text = String(DEFAULT_SIGMA)] = parameters;
    const sigma = text.trim() === "" ? Number.NaN : Number(text);
    if (parameters.length > 1) throw parameterError("deblur", SYNTAX, parameters);
    if (!(sigma > 0 && sigma <= LARGEST_SIGMA)) {
      throw new DeblendError(
        `The blur of ${SYNTAX} is a standard deviation in pixels, above 0 and up to ${LARGEST_SIGMA}, but got ${text}.`,
      );
    }
    return withSigma(sigma);
  },
};

function withSigma(sigma: number): Task {
  const weights = gaussian(sigma);
  return {
    name: "deblur",
    spelling: `deblur:${sigma}`,
    description: `the picture under a Gaussian blur of ${sigma} pixels`,
    isPaired: false,
    isLabelled: false,
    conditionChannels: (channels) => channels,
    degrade: (picture, out) => blur(picture, weights, out),
    asCondition: ({ data }, out) => out.set(data),
  };
}

/** Weights at distances -r to r, which sum to 1; r reaches three standard deviations. */
function gaussian(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** One axis after the other; beyond an edge lies the edge's own pixel. */
function blur(
  { data, shape: [channels, height, width] }: Picture,
  weights: Float64Array,
  out: Float32Array,
): void {
  const reach = (weights.length - 1) / 2;
  const rows = new Float64Array(data.length);
  const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));
  for (let row = 0; row < channels * height; row++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) {
        sum += (weights[i] ?? 0) * (data[row * width + clamp(x + i - reach, width)] ?? 0);
      }
      rows[row * width + x] = sum;
    }
  }
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) {
          sum += (weights[i] ?? 0) * (rows[(c * height + clamp(y + i - reach, height)) * width + x] ?? 0);
        }
        out[(c * height + y) * width + x] = sum;
      }
    }
  }
}
