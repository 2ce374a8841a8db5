/**
 * The network of the paper's 2D tutorial: a multilayer perceptron on (x_alpha, alpha).
 */
import { add, concat, linear, mul, relu, reshape, scalar, silu, sum, type Tensor } from "../tensor/index.ts";
import { linearParameters } from "./layers.ts";
import { lookup, type Network } from "./network.ts";

export interface MlpConfig {
  /** Numbers of an event, 2 for points in the plane. */
  readonly dimension: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: "relu" | "silu";
  /** Numbers of a prediction; `dimension` by default. */
  readonly outputs?: number;
}

/** The tutorial's: 3-64-64-64-64-2 with ReLU. */
export const tutorialMlp: MlpConfig = { dimension: 2, hidden: [64, 64, 64, 64], activation: "relu" };

/** x_alpha [n, dimension] and alpha ([n] or [1]) to [n, outputs]; layers are named `layers.0`, `layers.1`, ... */
export function mlp(config: MlpConfig = tutorialMlp): Network & { readonly config: MlpConfig } {
  const { dimension, hidden, activation, outputs: predicted = dimension } = config;
  const widths = [dimension + 1, ...hidden, predicted];
  const activate = activation === "relu" ? relu : silu;
  const layers = widths
    .slice(1)
    .map((outputs, i) => ({ name: `layers.${i}`, inputs: widths[i] ?? 0, outputs }));
  return {
    config,
    parameters: layers.flatMap(({ name, inputs, outputs }) => linearParameters(name, inputs, outputs)),
    apply: (parameters, xAlpha, alpha) => {
      const parameter = lookup(parameters);
      // One alpha an event, also where one was given for all: adding zeros that have the batch's size repeats it.
      const rows = add(reshape(alpha, [-1, 1]), mul(sum(xAlpha, [1]), scalar(0)));
      return layers.reduce<Tensor>(
        (h, { name }, i) => {
          const out = linear(h, parameter(`${name}.weight`), parameter(`${name}.bias`));
          return i === layers.length - 1 ? out : activate(out);
        },
        concat([xAlpha, rows], 1),
      );
    },
  };
}
