/**
 * A grayscale image as a density: the darker a pixel, the more probable; even inside each pixel.
 */
import { DeblendError } from "../../errors.ts";
import type { Point } from "../blend.ts";
import { type Density, uniforms } from "./density.ts";

/**
 * @param values [height, width] in [0, 1], 0 black, first row at the top; the image fills [-1, 1]^2
 * @throws DeblendError for an image that is white everywhere
 */
export function imageDensity(values: Float32Array, height: number, width: number): Density {
  const ink = Float64Array.from(values, (value) => 1 - value);
  const cumulative = new Float64Array(ink.length);
  let total = 0;
  ink.forEach((amount, i) => {
    total += amount;
    cumulative[i] = total;
  });
  if (!(total > 0))
    throw new DeblendError("An image that is white everywhere is no density: draw something dark on it.");
  const pixelArea = (2 / width) * (2 / height);
  const find = (target: number) => {
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const place = (u: number, v: number, w: number): Point => {
    const pixel = find(u * total);
    const x = ((pixel % width) + v) / width;
    const y = (Math.floor(pixel / width) + w) / height;
    return [2 * x - 1, 1 - 2 * y];
  };
  return {
    name: "image",
    sample: (count, key) => {
      const u = uniforms(count, 3, key);
      return Array.from({ length: count }, (_, i) =>
        place(u[3 * i] ?? 0, u[3 * i + 1] ?? 0, u[3 * i + 2] ?? 0),
      );
    },
    place,
    pdf: (x, y) => {
      const column = Math.floor(((x + 1) / 2) * width);
      const row = Math.floor(((1 - y) / 2) * height);
      if (column < 0 || row < 0 || column >= width || row >= height) return 0;
      return (ink[row * width + column] ?? 0) / total / pixelArea;
    },
  };
}
