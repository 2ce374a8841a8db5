/**
 * Algorithm 1 from one point, several times: the random paths one by one, then how far their ends lie apart.
 */
import { theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface RandomPathsRequest {
  readonly p0: string;
  readonly p1: string;
  /** Where it is not on p0, the paths start at the nearest point that is. */
  readonly start: theory.Point;
  readonly seed: number;
  /** T. */
  readonly steps: number;
  /** Independent paths. */
  readonly paths: number;
}

/** One path, [T + 1, 2]. */
export interface RandomPathsEvent {
  readonly path: Float32Array;
}

export interface RandomPathsResult {
  /** As in the request. */
  readonly steps: number;
  /** Root mean square distance of the ends from their mean. */
  readonly spread: number;
  readonly mean: theory.Point;
}

const CANDIDATES = 64;

export const run: Operation<RandomPathsRequest, RandomPathsEvent, RandomPathsResult> = async (
  request,
  { emit, breathe },
) => {
  const { start, seed, steps } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const paths: theory.Point[][] = [];
  for (let index = 0; index < request.paths; index++) {
    const path = theory.algorithm1(start, p0, p1, { steps, candidates: CANDIDATES, key: { seed, index } });
    paths.push(path);
    const flat = Float32Array.from(path.flat());
    emit(moved({ path: flat }, [flat]));
    await breathe();
  }
  const { spread, mean } = theory.spreadOfEnds(paths.map((path) => path.at(-1) ?? start));
  return { steps, spread, mean };
};
