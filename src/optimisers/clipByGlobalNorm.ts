/**
 * Gradient clipping by global norm (Pascanu et al., 2013): all gradients as one vector, shortened to a largest length.
 */
import { add, div, minimum, mul, scalar, sqrt, square, type Tensor, total } from "../tensor/index.ts";

/** The length of all gradients taken as one vector, a scalar. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(gradients.map((gradient) => total(square(gradient))).reduce((a, b) => add(a, b)));
}

/** PyTorch adds this to the norm before it divides. */
const GUARD = 1e-6;

/** The gradients times min(1, largest / (norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_` does. */
export function clipByGlobalNorm(gradients: readonly Tensor[], norm: Tensor, largest: number): Tensor[] {
  const factor = minimum(div(scalar(largest), add(norm, scalar(GUARD))), scalar(1));
  return gradients.map((gradient) => mul(gradient, factor));
}
