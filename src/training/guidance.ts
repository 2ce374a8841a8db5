/**
 * What a network is shown besides the blended images, and classifier-free guidance (Ho and Salimans, 2022).
 *
 * D = D_none + w (D_given - D_none): w = 1 is the network as it was trained, 0 ignores what is given, above 1 exaggerates
 * it. Both predictions are one call of the network with a doubled batch. "None" is a condition of zeros, and the label
 * behind the last class: what training showed in the place of a dropped one.
 */
import { type Batch, type Deblender, sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";

/** One condition or label an image, as the network takes them. */
export interface Given {
  /** [n, channels, height, width] in [-1, 1]. */
  readonly condition?: Batch | undefined;
  /** [n], numbers of classes. */
  readonly label?: Float32Array | undefined;
  /** The label that stands for "none": the number of classes. */
  readonly nullLabel?: number | undefined;
}

/** What is given for the images `first` to `first + count - 1`. */
export function givenFor({ condition, label, nullLabel }: Given, first: number, count: number): Given {
  const size = condition === undefined ? 0 : sizeOf(condition.shape.slice(1));
  return {
    nullLabel,
    label: label?.slice(first, first + count),
    condition: condition && {
      data: condition.data.slice(first * size, (first + count) * size),
      shape: [count, ...condition.shape.slice(1)],
    },
  };
}

/** A deblender with what is given built in, guided with `weight`. */
export function guided(deblend: Deblender, given: Given, weight = 1): Deblender {
  if (!Number.isFinite(weight) || weight < 0) {
    throw new DeblendError(`The guidance is a number from 0, where 1 is none, but got ${weight}.`);
  }
  const { condition, label, nullLabel = 0 } = given;
  if (condition === undefined && label === undefined) return deblend;
  if (weight === 1) return (x, alpha) => deblend(x, alpha, condition, label);
  const doubled: Given = {
    condition: condition && twice(condition, new Float32Array(condition.data.length)),
    label: label && joined(label, new Float32Array(label.length).fill(nullLabel)),
  };
  return async (x, alpha) => {
    const alphas = typeof alpha === "number" ? alpha : joined(alpha, alpha);
    const both = await deblend(twice(x, x.data), alphas, doubled.condition, doubled.label);
    const half = x.data.length;
    const data = new Float32Array(half);
    for (let i = 0; i < half; i++) {
      const none = both.data[half + i] ?? 0;
      data[i] = none + weight * ((both.data[i] ?? 0) - none);
    }
    return { data, shape: x.shape };
  };
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** A batch, and under it another of its shape. */
const twice = ({ data, shape: [n, ...event] }: Batch, other: Float32Array): Batch => ({
  data: joined(data, other),
  shape: [2 * n, ...event],
});
