/**
 * The first of the built-in cats, to be shown before one trains on them.
 */
import { createCatDataset } from "../../../../src/index.ts";
import { type Pixels, pixelsOf } from "../../images/pixels.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface CatsRequest {
  readonly count: number;
  readonly size: number;
  readonly seed: number;
}

export const run: Operation<CatsRequest, never, Pixels> = async ({ count, size, seed }, { breathe }) => {
  const dataset = createCatDataset({ size, count, seed });
  const plane = 3 * size * size;
  const data = new Float32Array(count * plane);
  for (let i = 0; i < count; i++) {
    dataset.read(i, data.subarray(i * plane, (i + 1) * plane));
    await breathe();
  }
  const pixels = pixelsOf({ data, shape: [count, 3, size, size] });
  return moved(pixels, [pixels.data]);
};
