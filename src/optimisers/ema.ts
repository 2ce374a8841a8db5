/**
 * The exponential moving average of the weights: what samples are drawn with.
 */
import { add, mul, scalar, sub, type Tensor } from "../tensor/index.ts";

/** average + (1 - decay) (weight - average); `decay` is a scalar. */
export function ema(average: Tensor, weight: Tensor, decay: Tensor): Tensor {
  return add(average, mul(sub(weight, average), sub(scalar(1), decay)));
}
