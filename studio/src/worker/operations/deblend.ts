/**
 * Deblends one point: pairs drawn from the posterior at x, and the means of both ends.
 */
import { theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import type { Operation } from "../operation.ts";

export interface DeblendRequest {
  readonly p0: string;
  readonly p1: string;
  readonly x: theory.Point;
  readonly alpha: number;
  readonly seed: number;
  /** Pairs that are drawn. */
  readonly pairs: number;
}

export interface DeblendResult {
  readonly pairs: readonly theory.Pair[];
  /** Undefined, and `pairs` empty, where no pair blends to the point. */
  readonly mean: theory.Pair | undefined;
}

const CANDIDATES = 4096;

export const run: Operation<DeblendRequest, never, DeblendResult> = async (request) => {
  const { x, alpha, seed } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const posterior = theory.posterior(
    x,
    alpha,
    p0,
    p1,
    theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 }),
  );
  if (posterior === undefined || posterior.density < theory.NEGLIGIBLE) return { pairs: [], mean: undefined };
  return {
    pairs: Array.from({ length: request.pairs }, (_, index) => theory.deblend(posterior, { seed, index })),
    mean: theory.posteriorMeans(posterior),
  };
};
