/**
 * Algorithm 3 of the paper as an expression: blend, predict, compare with x1 - x0.
 */
import type { Network } from "../networks/network.ts";
import { add, mul, reshape, scalar, square, sub, type Tensor, total } from "../tensor/index.ts";
import { type Predicts, parametrisations } from "./predicts.ts";

/** How squared errors are combined: their mean, or (as the official code does) their sum. */
export type Reduction = "mean" | "sum";

export interface TrainingPair {
  /** Source events [n, ...event]: noise. */
  readonly x0: Tensor;
  /** Target events [n, ...event]: data. */
  readonly x1: Tensor;
  /** Blending parameter of each event, [n], in [0, 1]. */
  readonly alpha: Tensor;
  readonly condition?: Tensor | undefined;
  /** Numbers of classes, [n]. */
  readonly label?: Tensor | undefined;
}

/** The loss || D(x_alpha, alpha) - (x1 - x0) ||^2, a scalar; another parametrisation compares with another target. */
export function deblendingLoss(
  network: Network,
  parameters: ReadonlyMap<string, Tensor>,
  { x0, x1, alpha, condition, label }: TrainingPair,
  reduction: Reduction,
  predicts: Predicts = "difference",
): Tensor {
  const [n = 0, ...event] = x0.shape;
  const d = sub(x1, x0);
  // x_alpha = (1 - alpha) x0 + alpha x1
  const xAlpha = add(x0, mul(reshape(alpha, [n, ...event.map(() => 1)]), d));
  const target = predicts === "difference" ? d : parametrisations[predicts].target(x0, x1);
  const error = total(square(sub(network.apply(parameters, xAlpha, alpha, condition, label), target)));
  return reduction === "sum" ? error : mul(error, scalar(1 / target.shape.reduce((a, b) => a * b, 1)));
}
