/**
 * Solvers of the deblending equation, their alpha grids and the loop that follows them.
 */
import { euler } from "./euler.ts";
import { heun } from "./heun.ts";
import { midpoint } from "./midpoint.ts";
import { rk4 } from "./rk4.ts";

export { alphaGrid, type GridName, gridNames } from "./alphaGrid.ts";
export { advance, type SolveOptions, type Solver, solve } from "./solver.ts";
export { euler, heun, midpoint, rk4 };

/** Every solver by name. */
export const solvers = { euler, midpoint, heun, rk4 };

export type SolverName = keyof typeof solvers;
