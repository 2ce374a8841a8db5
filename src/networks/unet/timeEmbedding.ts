/**
 * The sinusoidal embedding of alpha (Vaswani et al., 2017) and the two-layer network after it, as in diffusers.
 *
 * Alpha goes in raw, in [0, 1], as the official code does: the low frequencies then hardly move, and the network learns
 * from the rest.
 */
import { concat, constant, cos, linear, mul, reshape, silu, sin, type Tensor } from "../../tensor/index.ts";
import type { ParameterLookup } from "../network.ts";
import type { UNetConfig } from "./config.ts";

const LONGEST_PERIOD = 10_000;

/** alpha [n] to [n, size]: sines and cosines at frequencies from 1 down to about 1 / 10000. */
export function sinusoidalEmbedding(
  alpha: Tensor,
  size: number,
  { freq_shift, flip_sin_to_cos }: Pick<UNetConfig, "freq_shift" | "flip_sin_to_cos">,
): Tensor {
  const half = Math.floor(size / 2);
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp((-Math.log(LONGEST_PERIOD) * i) / (half - freq_shift)),
  );
  const angle = mul(reshape(alpha, [-1, 1]), constant(frequencies, [1, half]));
  const waves = flip_sin_to_cos ? [cos(angle), sin(angle)] : [sin(angle), cos(angle)];
  if (size % 2 === 1) waves.push(mul(reshape(alpha, [-1, 1]), constant(new Float32Array(1), [1, 1])));
  return concat(waves, 1);
}

/** The embedding [n, size] through linear, SiLU, linear, to [n, hidden]. */
export function timeNetwork(parameter: ParameterLookup, embedding: Tensor): Tensor {
  const layer = (name: string, x: Tensor) =>
    linear(x, parameter(`time_embedding.${name}.weight`), parameter(`time_embedding.${name}.bias`));
  return layer("linear_2", silu(layer("linear_1", embedding)));
}
