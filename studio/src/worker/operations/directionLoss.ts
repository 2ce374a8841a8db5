/**
 * Algorithm 3's loss of the exact directions, made too short and too long: the mean over pairs, for each factor.
 */
import { type Batch, type Deblender, fillUniform, theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import { samplesOf } from "../../figures/points.ts";
import type { Operation } from "../operation.ts";

export interface DirectionLossRequest {
  readonly p0: string;
  readonly p1: string;
  readonly seed: number;
  /** What the exact direction is multiplied with. */
  readonly factors: readonly number[];
}

/** One factor's loss. */
export interface DirectionLossEvent {
  readonly factor: number;
  readonly loss: number;
}

const PAIRS = 4096;
const CANDIDATES = 384;

export const run: Operation<DirectionLossRequest, DirectionLossEvent, void> = async (
  request,
  { emit, breathe },
) => {
  const { seed, factors } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const exact = theory.exactDeblender(p0, p1, theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 }));
  const shape = [PAIRS, 2] as const;
  const alpha = new Float32Array(PAIRS);
  fillUniform(alpha, { seed, purpose: "alpha" });
  const pairs = {
    x0: { data: samplesOf(request.p0, PAIRS, { seed, index: 8 }), shape },
    x1: { data: samplesOf(request.p1, PAIRS, { seed, index: 9 }), shape },
    alpha,
  };
  // The blends are the same for every factor, so the exact directions there are computed once.
  let directions: Promise<Batch> | undefined;
  for (const factor of factors) {
    const scaled: Deblender = async (x, a) => {
      directions ??= exact(x, a);
      const { data, shape } = await directions;
      return { data: data.map((value) => factor * value), shape };
    };
    emit({ factor, loss: (await theory.algorithm3Loss(scaled, pairs)) / PAIRS });
    await breathe();
  }
};
