/**
 * Colorization: the condition is the luminance of a colour picture.
 */
import { DeblendError } from "../../errors.ts";
import { luminance } from "../channels.ts";
import { type Picture, plainKind } from "./task.ts";

function toGray({ data, shape }: Picture, out: Float32Array): void {
  if (shape[0] !== 3) {
    throw new DeblendError(
      `Colorization needs RGB pictures, but got pictures of ${shape[0]} channel: use --channels rgb.`,
    );
  }
  luminance(data, out);
}

export const colorize = plainKind({
  name: "colorize",
  description: "the picture's luminance, one channel",
  isPaired: false,
  isLabelled: false,
  conditionChannels: () => 1,
  degrade: toGray,
  asCondition: toGray,
});
