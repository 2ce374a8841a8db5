/**
 * Class labels: the network is shown the number of a picture's class; the folders of the pictures give the classes.
 */
import { plainKind } from "./task.ts";

export const classLabels = plainKind({
  name: "class",
  description: "the class of the picture, as a label",
  isPaired: false,
  isLabelled: true,
  conditionChannels: () => 0,
});
