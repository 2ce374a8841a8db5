/**
 * Where along alpha the solver stops: `steps` + 1 values from 0 to 1.
 */
import { DeblendError } from "../errors.ts";

/** uniform: t / T, the paper's. cosine: (1 - cos(pi t / T)) / 2, finer at both ends. */
const GRIDS = {
  uniform: (u: number) => u,
  cosine: (u: number) => (1 - Math.cos(Math.PI * u)) / 2,
} as const;

export type GridName = keyof typeof GRIDS;

export const gridNames = Object.keys(GRIDS) as GridName[];

/**
 * The grid of a name: `steps` + 1 values that ascend from exactly 0 to exactly 1.
 *
 * @throws DeblendError where `steps` is no whole number from 1
 */
export function alphaGrid(name: GridName, steps: number): Float64Array {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new DeblendError(`The number of steps must be a whole number from 1, but got ${steps}.`);
  }
  return Float64Array.from({ length: steps + 1 }, (_, t) => GRIDS[name](t / steps));
}
