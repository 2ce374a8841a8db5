/**
 * The exact directions, mean x1 - mean x0, at points of the plane, where there are any.
 */
import { theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface DirectionFieldRequest {
  readonly p0: string;
  readonly p1: string;
  readonly alpha: number;
  readonly seed: number;
  /** [n, 2] */
  readonly points: Float32Array;
}

const CANDIDATES = 768;

/** Directions [n, 2]; NaN where no pair blends to the point: nothing to follow, and no arrow. */
export const run: Operation<DirectionFieldRequest, never, Float32Array> = async (request, { breathe }) => {
  const { alpha, seed, points } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const candidates = theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 });
  const directions = new Float32Array(points.length).fill(Number.NaN);
  for (let i = 0; i < points.length; i += 2) {
    const x: theory.Point = [points[i] ?? 0, points[i + 1] ?? 0];
    const posterior = theory.posterior(x, alpha, p0, p1, candidates);
    if (posterior !== undefined && posterior.density >= theory.NEGLIGIBLE) {
      const { x0, x1 } = theory.posteriorMeans(posterior);
      directions.set([x1[0] - x0[0], x1[1] - x0[1]], i);
    }
    await breathe();
  }
  return moved(directions, [directions]);
};
