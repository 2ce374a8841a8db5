/**
 * Euler's method: Algorithm 4 of the paper, x += (alpha' - alpha) D(x, alpha).
 */
import { advance, type Solver } from "./solver.ts";

export const euler: Solver = {
  name: "euler",
  order: 1,
  evaluationsPerStep: 1,
  step: async (deblend, x, from, to, condition) => advance(x, to - from, await deblend(x, from, condition)),
};
