/**
 * Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), as PyTorch defines them.
 *
 *   m' = beta1 m + (1 - beta1) g            v' = beta2 v + (1 - beta2) g^2
 *   w' = w - rate (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon)
 *
 * AdamW first shrinks w by (1 - rate decay); Adam with a decay adds decay w to g. The bias corrections are folded into
 * two scalars of the step, so that the graph has few passes over the parameters:
 *   w' = w - stepSize m' / (sqrt(v') + correctedEpsilon)
 * with stepSize = rate sqrt(1 - beta2^t) / (1 - beta1^t) and correctedEpsilon = epsilon sqrt(1 - beta2^t).
 */
import { add, div, input, mul, scalar, sqrt, square, sub } from "../tensor/index.ts";
import type { Optimiser } from "./optimiser.ts";

export interface AdamOptions {
  readonly betas: readonly [beta1: number, beta2: number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** PyTorch's defaults for Adam; AdamW's weight decay is 0.01 there. */
export const adamDefaults: AdamOptions = { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 };

function adaptiveMoments(name: "adam" | "adamw", { betas, epsilon, weightDecay }: AdamOptions): Optimiser {
  const [beta1, beta2] = betas;
  const decoupled = name === "adamw" && weightDecay > 0;
  return {
    name,
    update: ({ weight, gradient, state: [m, v] }) => {
      const g =
        name === "adam" && weightDecay > 0 ? add(gradient, mul(weight, scalar(weightDecay))) : gradient;
      const m2 = add(mul(m, scalar(beta1)), mul(g, scalar(1 - beta1)));
      const v2 = add(mul(v, scalar(beta2)), mul(square(g), scalar(1 - beta2)));
      const change = div(mul(m2, input("stepSize", [])), add(sqrt(v2), input("correctedEpsilon", [])));
      const kept = decoupled ? mul(weight, input("shrink", [])) : weight;
      return { weight: sub(kept, change), state: [m2, v2] };
    },
    scalars: (step, learningRate) => {
      const root = Math.sqrt(1 - beta2 ** step);
      return {
        stepSize: (learningRate * root) / (1 - beta1 ** step),
        correctedEpsilon: epsilon * root,
        ...(decoupled && { shrink: 1 - learningRate * weightDecay }),
      };
    },
  };
}

/** Adam; a weight decay is added to the gradient (L2 regularisation). */
export function adam(options: Partial<AdamOptions> = {}): Optimiser {
  return adaptiveMoments("adam", { ...adamDefaults, ...options });
}

/** AdamW: the weight decay is decoupled from the gradient. */
export function adamw(options: Partial<AdamOptions> = {}): Optimiser {
  return adaptiveMoments("adamw", { ...adamDefaults, weightDecay: 0.01, ...options });
}
