/**
 * The classical Runge-Kutta method (Kutta, 1901): four directions, weighted 1, 2, 2, 1.
 */
import { advance, type Solver } from "./solver.ts";

export const rk4: Solver = {
  name: "rk4",
  order: 4,
  evaluationsPerStep: 4,
  step: async (deblend, x, from, to, condition) => {
    const h = to - from;
    const middle = (from + to) / 2;
    const k1 = await deblend(x, from, condition);
    const k2 = await deblend(advance(x, h / 2, k1), middle, condition);
    const k3 = await deblend(advance(x, h / 2, k2), middle, condition);
    const k4 = await deblend(advance(x, h, k3), to, condition);
    const ends = advance(advance(x, h / 6, k1), h / 6, k4);
    return advance(advance(ends, h / 3, k2), h / 3, k3);
  },
};
