/**
 * The exact directions, mean x1 - mean x0, at points of the plane.
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

const CANDIDATES = 1024;
/** Points between two breaths. */
const ROWS = 32;

/** Directions [n, 2]. */
export const run: Operation<DirectionFieldRequest, never, Float32Array> = async (request, { breathe }) => {
  const { alpha, seed, points } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const deblend = theory.exactDeblender(
    p0,
    p1,
    theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 }),
  );
  const directions = new Float32Array(points.length);
  for (let from = 0; from < points.length; from += 2 * ROWS) {
    const data = points.slice(from, from + 2 * ROWS);
    directions.set((await deblend({ data, shape: [data.length / 2, 2] }, alpha)).data, from);
    await breathe();
  }
  return moved(directions, [directions]);
};
