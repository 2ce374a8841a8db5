/**
 * Trains four perceptrons side by side on the same batches, one a parametrisation, and samples with each from time to time.
 *
 * The samples are compared with where Algorithm 2 carries the same points along the exact directions.
 */
import {
  alphaGrid,
  type BrowserDeviceName,
  createDeblender,
  directionOf,
  euler,
  freshState,
  type Network,
  type Predicts,
  parametrisations,
  solve,
  type TrainingStep,
  theory,
} from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";
import { samplesOf } from "../../figures/points.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";
import { deviceFor } from "./device.ts";
import { emaDecay, planeBatches, planeNetwork, planeStep } from "./planeTraining.ts";

export interface CompareTargetsRequest {
  readonly p0: string;
  readonly p1: string;
  readonly seed: number;
  readonly device: BrowserDeviceName;
  readonly steps: number;
}

export type CompareTargetsEvent =
  | { readonly type: "step"; readonly step: number }
  | {
      readonly type: "samples";
      readonly step: number;
      readonly predicts: Predicts;
      /** [n, 2] */
      readonly points: Float32Array;
      /** Root mean square distance from the exact map's ends. */
      readonly error: number;
    };

interface Learner {
  readonly predicts: Predicts;
  readonly network: Network;
  readonly step: TrainingStep;
}

const targetNames = Object.keys(parametrisations) as readonly Predicts[];
const LEARNING_RATE = 2e-3;
const COUNT = 500;
const SAMPLE_STEPS = 32;
const CANDIDATES = 384;
/** Times that each network is sampled from in a training. */
const LOOKS = 6;

export const run: Operation<CompareTargetsRequest, CompareTargetsEvent, void> = async (
  request,
  { emit, breathe },
) => {
  const { p0, p1, seed, steps } = request;
  const draw = planeBatches(p0, p1, seed);
  const starts = samplesOf(p0, COUNT, { seed, index: 3 });
  const exact = exactEnds(starts, request);
  const device = await deviceFor(request.device);
  const training: Learner[] = [];
  for (const predicts of targetNames) {
    const network = planeNetwork(predicts);
    const step = await planeStep(device, predicts, freshState(network, seed));
    training.push({ predicts, network, step });
    await breathe();
  }

  const look = async ({ predicts, network, step }: Learner, done: number) => {
    const { ema } = await step.readState();
    const trained = createDeblender(device, network, ema);
    const { data } = await solve(
      directionOf(trained.deblend, predicts),
      { data: starts, shape: [COUNT, 2] },
      { solver: euler, grid: alphaGrid("uniform", SAMPLE_STEPS) },
    );
    await trained.dispose();
    const squares = data.reduce((sum, value, i) => sum + (value - (exact[i] ?? 0)) ** 2, 0);
    const points = data.slice();
    emit(
      moved({ type: "samples", step: done, predicts, points, error: Math.sqrt(squares / COUNT) }, [points]),
    );
  };

  try {
    const every = Math.max(1, Math.floor(steps / LOOKS));
    for (let done = 0; done < steps; ) {
      const update = done + 1;
      for (const { step } of training) {
        // Each step takes its arrays over, so each gets its own.
        await step.run([draw(done)], {
          learningRate: LEARNING_RATE,
          emaDecay: emaDecay(update),
          step: update,
        });
        await breathe();
      }
      done = update;
      if (done % 10 === 0 || done === steps) emit({ type: "step", step: done });
      if (done % every === 0 || done === steps) {
        for (const one of training) {
          await look(one, done);
          await breathe();
        }
      }
    }
  } finally {
    for (const { step } of training) await step.dispose();
  }
};

/** Where Algorithm 2 carries the starts, [n, 2]. */
function exactEnds(starts: Float32Array, { p0, p1, seed }: CompareTargetsRequest): Float32Array {
  const [source, target] = [densityOf(p0), densityOf(p1)];
  const candidates = theory.drawCandidates(source, target, CANDIDATES, { seed, index: 1 });
  const ends = new Float32Array(starts.length);
  for (let i = 0; i < starts.length; i += 2) {
    const start: theory.Point = [starts[i] ?? 0, starts[i + 1] ?? 0];
    const path = theory.algorithm2(start, source, target, { steps: SAMPLE_STEPS, candidates });
    ends.set(path.at(-1) ?? start, i);
  }
  return ends;
}
