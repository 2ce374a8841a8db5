/**
 * Image to image from pairs, as the paper's maps and satellite photos: the condition is the picture beside the target.
 */
import { plainKind } from "./task.ts";

export const paired = plainKind({
  name: "paired",
  description: "a picture that belongs to the target",
  isPaired: true,
  isLabelled: false,
  conditionChannels: (_, paired) => paired,
  asCondition: ({ data }, out) => out.set(data),
});
