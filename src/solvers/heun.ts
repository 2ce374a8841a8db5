/**
 * Heun's method (1900): an Euler step, then again with the mean of the directions at both ends.
 */
import { advance, type Solver } from "./solver.ts";

export const heun: Solver = {
  name: "heun",
  order: 2,
  evaluationsPerStep: 2,
  step: async (deblend, x, from, to, condition) => {
    const h = to - from;
    const first = await deblend(x, from, condition);
    const second = await deblend(advance(x, h, first), to, condition);
    return advance(advance(x, h / 2, first), h / 2, second);
  },
};
