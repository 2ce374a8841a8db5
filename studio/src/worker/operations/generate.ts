/**
 * Algorithm 4 with an open model, told step by step: x_alpha, and the end x1 = x_alpha + (1 - alpha) D that is in sight.
 */
import {
  advance,
  alphaGrid,
  type Batch,
  type Deblender,
  type GridName,
  guided,
  type SolverName,
  solve,
  solvers,
} from "../../../../src/index.ts";
import { type Pixels, pixelsOf } from "../../images/pixels.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";
import { openedModel } from "./openModel.ts";
import { startingNoise } from "./startingNoise.ts";

export interface GenerateRequest {
  /** From `openModel`. */
  readonly model: number;
  readonly seed: number;
  /** Where the noise ends that begins at `seed`, for images between two seeds. */
  readonly toSeed?: number | undefined;
  readonly count: number;
  readonly steps: number;
  readonly solver: SolverName;
  readonly grid: GridName;
  /** A class an image, [count], for a model that takes them. */
  readonly labels?: readonly number[] | undefined;
  /** Shown with every image, [c, h, w], for a model that takes one. */
  readonly condition?: Float32Array | undefined;
  /** 1 is the model as it was trained. */
  readonly guidance: number;
  /** Of which steps frames are told: every one, every second, ... and always the first and the last. */
  readonly every: number;
}

/** Where all images are after a step; step 0 is the start. */
export interface Frame {
  readonly step: number;
  readonly alpha: number;
  readonly x: Pixels;
  /** Predicted from here. */
  readonly x1: Pixels;
}

export interface Generated {
  /** How often the network was asked, counted. */
  readonly evaluations: number;
  readonly seconds: number;
}

export const run: Operation<GenerateRequest, Frame, Generated> = async (
  request,
  { emit, breathe, signal },
) => {
  const { seed, toSeed, count, steps, guidance, every } = request;
  const { card, deblend, nullLabel } = openedModel(request.model);
  const began = performance.now();
  const direction = guided(deblend, givenTo(request, card.condition, nullLabel), guidance);
  let evaluations = 0;
  let step = 0;
  let isStart = true;

  const tell = (alpha: number, x: Batch, x1: Batch) => {
    if (step % every !== 0 && step !== steps) return;
    const frame = { step, alpha, x: pixelsOf(x), x1: pixelsOf(x1) };
    emit(moved(frame, [frame.x.data, frame.x1.data]));
  };
  /** Every solver asks for the direction at the step's start first: the prediction costs no evaluation of its own. */
  const watched: Deblender = async (x, alpha) => {
    await breathe();
    const d = await direction(x, alpha);
    evaluations++;
    if (isStart && typeof alpha === "number") tell(alpha, x, advance(x, 1 - alpha, d));
    isStart = false;
    return d;
  };
  await solve(watched, startingNoise(card.event, count, seed, toSeed), {
    solver: solvers[request.solver],
    grid: alphaGrid(request.grid, steps),
    signal,
    onStep: (reached) => {
      step = reached.step;
      isStart = true;
      if (step === steps) tell(reached.alpha, reached.x, reached.x);
    },
  });
  return { evaluations, seconds: (performance.now() - began) / 1000 };
};

/** What the network is shown besides the images. */
function givenTo(
  { count, labels, condition }: GenerateRequest,
  shape: readonly number[] | undefined,
  nullLabel: number,
) {
  const repeated = new Float32Array(condition === undefined ? 0 : count * condition.length);
  for (let i = 0; condition !== undefined && i < count; i++) repeated.set(condition, i * condition.length);
  return {
    nullLabel,
    label: labels && Float32Array.from(labels),
    condition: shape && { data: repeated, shape: [count, ...shape] as const },
  };
}
