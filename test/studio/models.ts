/**
 * Models as `deblend export` writes them, but with directions that can be checked by hand: D = target - x, so that one
 * step of Euler's method from alpha = 0 lands on the target whatever the noise.
 */
import { generic, lower, tensor } from "../../src/index.ts";

const { add, input, mul, reshape, scalar, sub } = tensor;
const SIDE = 8;

/** A number an image, left open in how many there are. */
const perImage = (name: string) => reshape(input(name, [2]), [-1, 1, 1, 1]);

const file = (
  channels: number,
  target: tensor.Tensor,
  inputs: readonly string[],
  metadata: Record<string, string> = {},
) => {
  const direction = sub(target, input("x_alpha", [2, channels, SIDE, SIDE]));
  const prediction = add(direction, mul(perImage("alpha"), scalar(0)));
  return lower(
    { prediction },
    { target: generic, dynamicBatch: ["x_alpha", "alpha", "prediction", ...inputs], metadata },
  ).bytes;
};

/** Generates its condition, [3, 8, 8]. */
export const conditionalModel = () => file(3, input("condition", [2, 3, SIDE, SIDE]), ["condition"]);

/** Generates the gray class / 4 of three classes; without a class, the gray 3 / 4. */
export const classModel = () =>
  file(1, mul(perImage("class"), scalar(0.25)), ["class"], {
    config: JSON.stringify({
      num_class_embeds: 4,
      _deblend: { task: "class", classes: ["apple", "pear", "plum"] },
    }),
  });

/** A graph that is no generator at all. */
export const otherModel = () =>
  lower({ y: mul(input("picture", [1, 3]), scalar(2)) }, { target: generic }).bytes;
