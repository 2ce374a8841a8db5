/**
 * The midpoint method (Runge, 1895): half an Euler step, then a whole one along the direction found there.
 */
import { advance, type Solver } from "./solver.ts";

export const midpoint: Solver = {
  name: "midpoint",
  order: 2,
  evaluationsPerStep: 2,
  step: async (deblend, x, from, to, condition) => {
    const middle = (from + to) / 2;
    const half = advance(x, middle - from, await deblend(x, from, condition));
    return advance(x, to - from, await deblend(half, middle, condition));
  },
};
