/**
 * Trains the tutorial's perceptron between two densities and tells its losses; from time to time, the state that it is in.
 */
import {
  type BrowserDeviceName,
  DeblendError,
  freshState,
  givenState,
  type TrainingState,
} from "../../../../src/index.ts";
import type { Operation } from "../operation.ts";
import { deviceFor } from "./device.ts";
import { emaDecay, planeBatches, planeNetwork, planeStep } from "./planeTraining.ts";

export interface TrainMlpRequest {
  readonly p0: string;
  readonly p1: string;
  readonly seed: number;
  readonly device: BrowserDeviceName;
  /** Steps of the whole training, those of `from` included. */
  readonly steps: number;
  readonly learningRate: number;
  /** Where to go on. */
  readonly from?: { readonly step: number; readonly state: TrainingState } | undefined;
}

export type TrainMlpEvent =
  | { readonly type: "started"; readonly device: string }
  /** Of the steps `step` - losses.length + 1 to `step`. */
  | {
      readonly type: "losses";
      readonly step: number;
      readonly losses: readonly number[];
      readonly perSecond: number;
    }
  | { readonly type: "state"; readonly step: number; readonly state: TrainingState };

const LOSSES_MS = 80;
const STATE_MS = 1000;
/** Reading the state takes its time on some devices: at most this share of the training's. */
const STATE_SHARE = 0.1;

export const run: Operation<TrainMlpRequest, TrainMlpEvent, void> = async (
  request,
  { emit, breathe, signal },
) => {
  const { p0, p1, seed, steps, learningRate, from } = request;
  const draw = planeBatches(p0, p1, seed);
  const device = await deviceFor(request.device);
  const step = await planeStep(
    device,
    "difference",
    from ? givenState(from.state) : freshState(planeNetwork(), seed),
  );
  try {
    signal.throwIfAborted();
    emit({ type: "started", device: device.description });
    let losses: number[] = [];
    let [toldLosses, toldState] = [performance.now(), performance.now()];
    let stateEvery = STATE_MS;
    for (let done = from?.step ?? 0; done < steps; ) {
      const update = done + 1;
      const { loss } = await step.run([draw(done)], {
        learningRate,
        emaDecay: emaDecay(update),
        step: update,
      });
      if (!Number.isFinite(loss))
        throw new DeblendError(`The loss became ${loss} at step ${update}: choose a lower learning rate.`);
      done = update;
      losses.push(loss);
      const now = performance.now();
      const isLast = done === steps;
      if (isLast || now - toldLosses > LOSSES_MS) {
        emit({ type: "losses", step: done, losses, perSecond: (1000 * losses.length) / (now - toldLosses) });
        losses = [];
        toldLosses = now;
      }
      if (isLast || now - toldState > stateEvery) {
        emit({ type: "state", step: done, state: await step.readState() });
        toldState = performance.now();
        stateEvery = Math.max(STATE_MS, (toldState - now) / STATE_SHARE);
      }
      await breathe();
    }
  } finally {
    await step.dispose();
  }
};
