/**
 * Algorithm 3 in the plane: the network, and the batches that it learns from.
 */
import {
  adam,
  createTrainingStep,
  type Device,
  fillUniform,
  type InitialState,
  mlp,
  type Predicts,
  parametrisations,
  type TrainingStep,
  type theory,
  tutorialMlp,
} from "../../../../src/index.ts";
import { densityOf } from "../../density/spec.ts";

/** Pairs in a batch, as in the paper's tutorial. */
export const BATCH = 256;
/** Streams of the batches' random numbers, apart from those of the figures. */
const STREAMS = { x0: 1000, x1: 1001, alpha: 1002 };

/** The tutorial's perceptron, as wide at its end as its predictions are. */
export function planeNetwork(predicts: Predicts = "difference") {
  return mlp({ ...tutorialMlp, outputs: tutorialMlp.dimension * parametrisations[predicts].width });
}

/** Batch k of a seed: pairs drawn independently, each with an alpha of its own. */
export function planeBatches(p0: string, p1: string, seed: number) {
  const [source, target] = [densityOf(p0), densityOf(p1)];
  const flat = (density: theory.Density, step: number, index: number) =>
    Float32Array.from(density.sample(BATCH, { seed, step, index }).flat());
  return (k: number) => {
    const alpha = new Float32Array(BATCH);
    fillUniform(alpha, { seed, purpose: "alpha", step: k, index: STREAMS.alpha });
    return { x0: flat(source, k, STREAMS.x0), x1: flat(target, k, STREAMS.x1), alpha };
  };
}

/** The compiled step of the tutorial: Adam, the mean of the squared errors. */
export function planeStep(device: Device, predicts: Predicts, initial: InitialState): Promise<TrainingStep> {
  return createTrainingStep(device, planeNetwork(predicts), {
    batch: BATCH,
    event: [2],
    optimiser: adam(),
    clip: 0,
    reduction: "mean",
    accumulate: 1,
    initial,
    predicts,
  });
}

/** The average that sampling uses follows the weights closely at first. */
export const emaDecay = (step: number): number => Math.min(0.99, (1 + step) / (10 + step));
