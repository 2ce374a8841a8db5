/**
 * Algorithm 4 with the deblender that a perfectly trained network would be.
 */
import { theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import { samplesOf } from "../../figures/points.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface SampleExactRequest {
  readonly p0: string;
  readonly p1: string;
  readonly seed: number;
  readonly count: number;
  /** T. */
  readonly steps: number;
}

const CANDIDATES = 192;
/** Points that are carried together, between two breaths. */
const CHUNK = 20;

/** Ends [n, 2]. */
export const run: Operation<SampleExactRequest, never, Float32Array> = async (request, { breathe }) => {
  const { seed, count, steps } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const deblend = theory.exactDeblender(
    p0,
    p1,
    theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 }),
  );
  const starts = samplesOf(request.p0, count, { seed, index: 3 });
  const ends = new Float32Array(starts.length);
  for (let from = 0; from < starts.length; from += 2 * CHUNK) {
    const data = starts.slice(from, from + 2 * CHUNK);
    const x1 = await theory.algorithm4(deblend, { data, shape: [data.length / 2, 2] }, steps);
    ends.set(x1.data, from);
    await breathe();
  }
  return moved(ends, [ends]);
};
