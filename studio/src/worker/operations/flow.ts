/**
 * Algorithm 2 over many points: where each one passes on its way from p0 to p1.
 */
import { theory } from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface FlowRequest {
  readonly p0: string;
  readonly p1: string;
  readonly seed: number;
  /** T. */
  readonly steps: number;
  readonly points?: number;
  /** Where the points start, [n, 2], instead of drawing them from p0; what is not on p0 starts at its nearest point. */
  readonly starts?: Float32Array;
}

/** Paths of the points `first`, `first` + 1, ...: [points, T + 1, 2]. */
export interface FlowEvent {
  readonly first: number;
  readonly paths: Float32Array;
}

const CANDIDATES = 192;
const CHUNK = 25;

export const run: Operation<FlowRequest, FlowEvent, void> = async (request, { emit, breathe }) => {
  const { seed, steps, points = 0, starts: given } = request;
  const [p0, p1] = [densityOf(request.p0), densityOf(request.p1)];
  const starts =
    given === undefined
      ? p0.sample(points, { seed })
      : Array.from(
          { length: given.length / 2 },
          (_, i): theory.Point => [given[2 * i] ?? 0, given[2 * i + 1] ?? 0],
        );
  const candidates = theory.drawCandidates(p0, p1, CANDIDATES, { seed, index: 1 });
  for (let first = 0; first < starts.length; first += CHUNK) {
    const chunk = starts.slice(first, first + CHUNK);
    const paths = new Float32Array(chunk.length * (steps + 1) * 2);
    for (const [i, start] of chunk.entries()) {
      const path = theory.algorithm2(start, p0, p1, { steps, candidates });
      paths.set(path.flat(), 2 * i * (steps + 1));
      await breathe();
    }
    emit(moved({ first, paths }, [paths]));
  }
};
