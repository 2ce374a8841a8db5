/**
 * The plain task of the paper: images from noise, nothing else is shown.
 */
import { plainKind } from "./task.ts";

export const unconditional = plainKind({
  name: "unconditional",
  description: "images from noise alone",
  isPaired: false,
  isLabelled: false,
  conditionChannels: () => 0,
});
