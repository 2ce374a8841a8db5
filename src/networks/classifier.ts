/**
 * A small convolutional classifier, which judges what a generative model drew: two convolutions, each halved, two layers.
 */

import { DeblendError } from "../errors.ts";
import { conv2d, linear, mul, relu, reshape, scalar, sumPool, type Tensor } from "../tensor/index.ts";
import { convParameters, linearParameters } from "./layers.ts";
import { lookup, type Network } from "./network.ts";
import { SAME_3x3 } from "./unet/resnetBlock.ts";

export interface ClassifierConfig {
  readonly channels: number;
  /** Height and width, multiples of 4. */
  readonly size: readonly [height: number, width: number];
  readonly classes: number;
}

export interface ClassifierNetwork extends Pick<Network, "parameters"> {
  /** Images [n, channels, height, width] to unnormalised log-probabilities [n, classes]. */
  logits(parameters: ReadonlyMap<string, Tensor>, images: Tensor): Tensor;
}

const WIDTHS = [16, 32] as const;
const HIDDEN = 128;

/**
 * The classifier of images [n, channels, height, width] in [-1, 1].
 *
 * @throws DeblendError for sides that are no multiples of 4
 */
export function classifier({
  channels,
  size: [height, width],
  classes,
}: ClassifierConfig): ClassifierNetwork {
  if (height % 4 !== 0 || width % 4 !== 0) {
    throw new DeblendError(
      `The classifier halves images twice, so their sides must be multiples of 4, but they are ${height}x${width}.`,
    );
  }
  const features = (WIDTHS[1] * height * width) / 16;
  return {
    parameters: [
      ...convParameters("conv1", channels, WIDTHS[0], 3),
      ...convParameters("conv2", WIDTHS[0], WIDTHS[1], 3),
      ...linearParameters("hidden", features, HIDDEN),
      ...linearParameters("out", HIDDEN, classes),
    ],
    logits: (parameters, images) => {
      const parameter = lookup(parameters);
      const halved = (name: string, x: Tensor) => {
        const y = conv2d(x, parameter(`${name}.weight`), parameter(`${name}.bias`), SAME_3x3);
        return mul(sumPool(relu(y)), scalar(1 / 4));
      };
      const dense = (name: string, x: Tensor) =>
        linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));
      const image = halved("conv2", halved("conv1", images));
      return dense("out", relu(dense("hidden", reshape(image, [-1, features]))));
    },
  };
}
