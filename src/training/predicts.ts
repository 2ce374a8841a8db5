/**
 * What a network is trained to predict, and how the direction follows from it: the four parametrisations of the paper.
 *
 * `difference` and `both` are regular everywhere; x0's mean alone is singular at alpha = 0, x1's at alpha = 1, where the
 * division is done at an alpha a little inside instead.
 */
import type { Batch, Deblender } from "../batch.ts";
import { concat, sub, type Tensor } from "../tensor/index.ts";
import { directionFromBoth, directionFromX0, directionFromX1 } from "../theory/index.ts";

interface Parametrisation {
  /** How many times as wide as an event a prediction is. */
  readonly width: 1 | 2;
  /** What the network's output is compared with, as an expression; `both` along the first axis of an event. */
  target(x0: Tensor, x1: Tensor): Tensor;
  /** One entry of the direction: `first` is the prediction's entry, `second` the one of the second half of `both`. */
  direction(x: number, alpha: number, first: number, second: number): number;
}

/** How near to a singular end a direction is still divided out. */
const EDGE = 0.01;

export const parametrisations = {
  difference: { width: 1, target: (x0, x1) => sub(x1, x0), direction: (_x, _alpha, d) => d },
  both: {
    width: 2,
    target: (x0, x1) => concat([x0, x1], 1),
    direction: (_x, _alpha, x0bar, x1bar) => directionFromBoth(x0bar, x1bar),
  },
  x0: {
    width: 1,
    target: (x0) => x0,
    direction: (x, alpha, x0bar) => directionFromX0(x, Math.max(EDGE, alpha), x0bar),
  },
  x1: {
    width: 1,
    target: (_x0, x1) => x1,
    direction: (x, alpha, x1bar) => directionFromX1(x, Math.min(1 - EDGE, alpha), x1bar),
  },
} satisfies Record<string, Parametrisation>;

export type Predicts = keyof typeof parametrisations;

/** The deblender that a network with such predictions is. */
export function directionOf(predict: Deblender, predicts: Predicts): Deblender {
  if (predicts === "difference") return predict;
  const { direction }: Parametrisation = parametrisations[predicts];
  return async (x, alpha, condition): Promise<Batch> => {
    const { data: predicted } = await predict(x, alpha, condition);
    const size = x.data.length / x.shape[0];
    const width = predicted.length / x.shape[0];
    const data = x.data.map((value, i) => {
      const [event, entry] = [Math.floor(i / size), i % size];
      const a = typeof alpha === "number" ? alpha : (alpha[alpha.length === 1 ? 0 : event] ?? 0);
      const first = event * width + entry;
      return direction(value, a, predicted[first] ?? 0, predicted[first + size] ?? 0);
    });
    return { data, shape: x.shape };
  };
}
