/**
 * The residual block: norm, SiLU, convolution, plus the time projection; norm, SiLU, convolution; plus the input.
 */
import {
  add,
  conv2d,
  evenPadding,
  groupNorm,
  linear,
  mul,
  reshape,
  scalar,
  silu,
  type Tensor,
} from "../../tensor/index.ts";
import type { ParameterLookup } from "../network.ts";
import type { UNetConfig } from "./config.ts";
import type { Part } from "./parts.ts";

export const SAME_3x3 = { stride: 1, padding: evenPadding(1) } as const;
const POINTWISE = { stride: 1, padding: evenPadding(0) } as const;

export type NormSettings = Pick<UNetConfig, "norm_num_groups" | "norm_eps">;

/** Group normalisation under a name. */
export function norm(parameter: ParameterLookup, name: string, x: Tensor, settings: NormSettings): Tensor {
  return groupNorm(x, parameter(`${name}.weight`), parameter(`${name}.bias`), {
    groups: settings.norm_num_groups,
    epsilon: settings.norm_eps,
  });
}

/**
 * x [n, inputs, h, w] and the activated time vector [n or 1, hidden], to [n, outputs, h, w].
 *
 * @param scale what the sum is divided by (`mid_block_scale_factor` in the middle, else 1)
 */
export function resnetBlock(
  parameter: ParameterLookup,
  { name, inputs, outputs }: Part,
  x: Tensor,
  time: Tensor,
  settings: NormSettings,
  scale = 1,
): Tensor {
  const conv = (layer: string, image: Tensor) =>
    conv2d(image, parameter(`${name}.${layer}.weight`), parameter(`${name}.${layer}.bias`), SAME_3x3);
  const projected = linear(
    time,
    parameter(`${name}.time_emb_proj.weight`),
    parameter(`${name}.time_emb_proj.bias`),
  );
  const shift = reshape(projected, [-1, outputs, 1, 1]);
  const first = add(conv("conv1", silu(norm(parameter, `${name}.norm1`, x, settings))), shift);
  const second = conv("conv2", silu(norm(parameter, `${name}.norm2`, first, settings)));
  const skip =
    inputs === outputs
      ? x
      : conv2d(
          x,
          parameter(`${name}.conv_shortcut.weight`),
          parameter(`${name}.conv_shortcut.bias`),
          POINTWISE,
        );
  const summed = add(skip, second);
  return scale === 1 ? summed : mul(summed, scalar(1 / scale));
}
