/**
 * Algorithm 4 with a trained perceptron: samples of p0 carried along its directions by any solver.
 */
import {
  alphaGrid,
  type BrowserDeviceName,
  createDeblender,
  type Deblender,
  type GridName,
  type SolverName,
  solve,
  solvers,
  type Weights,
} from "../../../../src/index.ts";
import { samplesOf } from "../../figures/points.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";
import { deviceFor } from "./device.ts";
import { planeNetwork } from "./planeTraining.ts";

export interface SampleMlpRequest {
  readonly device: BrowserDeviceName;
  readonly weights: Weights;
  readonly p0: string;
  readonly seed: number;
  readonly count: number;
  readonly steps: number;
  readonly solver: SolverName;
  readonly grid: GridName;
}

export interface SampleMlpResult {
  /** [n, 2] */
  readonly points: Float32Array;
  /** How often the network was asked, counted. */
  readonly evaluations: number;
}

export const run: Operation<SampleMlpRequest, never, SampleMlpResult> = async (request, { signal }) => {
  const { p0, seed, count, steps, solver, grid, weights } = request;
  const trained = createDeblender(await deviceFor(request.device), planeNetwork(), weights);
  let evaluations = 0;
  const counted: Deblender = (...arguments_) => {
    evaluations++;
    return trained.deblend(...arguments_);
  };
  try {
    const start = { data: samplesOf(p0, count, { seed, index: 3 }), shape: [count, 2] as const };
    const { data } = await solve(counted, start, {
      solver: solvers[solver],
      grid: alphaGrid(grid, steps),
      signal,
    });
    return moved({ points: data, evaluations }, [data]);
  } finally {
    await trained.dispose();
  }
};
