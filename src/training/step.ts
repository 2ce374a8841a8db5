/**
 * One training step, compiled: Algorithm 3's loss and its gradients, then clipping, the optimiser and the average.
 *
 * The state (weights, their average, the optimiser's moments) stays in the device's memory between steps, in the order
 * that the target computes in.
 */
import { sizeOf } from "../batch.ts";
import type { TrainingBatch } from "../data/trainingBatch.ts";
import { DeblendError } from "../errors.ts";
import { freshWeights, type Network, type Weights } from "../networks/network.ts";
import { lower, type Storage, type Target } from "../onnx/index.ts";
import type { Device, DeviceTensor, Program } from "../runtime/index.ts";
import type { Shape, Tensor } from "../tensor/index.ts";
import { deblendingLoss, type Reduction } from "./objective.ts";
import type { Predicts } from "./predicts.ts";
import {
  gradientGraph,
  KINDS,
  type Kind,
  key,
  type Loss,
  NEXT,
  type UpdateRule,
  updateGraph,
} from "./stepGraphs.ts";

/** Everything that a step changes; all maps have the network's parameter names, all arrays the plain layout. */
export interface TrainingState {
  readonly weights: Weights;
  readonly ema: Weights;
  readonly firstMoment: Weights;
  readonly secondMoment: Weights;
}

/**
 * Where a run begins, asked for one array at a time, so that a large state need not be in memory twice: the step takes
 * each array over. Where there is no answer, the average starts at the weights and the moments start at zero.
 */
export type InitialState = (kind: Kind, name: string) => Float32Array<ArrayBuffer> | undefined;

/** Fresh weights of a seed. */
export function freshState(network: Pick<Network, "parameters">, seed: number): InitialState {
  const fresh = freshWeights(network, seed);
  return (kind, name) => (kind === "weights" ? fresh(name) : undefined);
}

/** A copy of a state that there is already. */
export const givenState =
  (state: Pick<TrainingState, "weights"> & Partial<TrainingState>): InitialState =>
  (kind, name) =>
    state[kind]?.get(name)?.slice();

/** How weights are updated, whatever is minimised. */
export interface UpdateOptions extends UpdateRule {
  /** Micro-batches whose gradients are averaged before one update. */
  readonly accumulate: number;
  readonly initial: InitialState;
  readonly target?: Target;
}

export interface StepOptions extends UpdateOptions {
  /** Events in a (micro-)batch. */
  readonly batch: number;
  /** Shape of one event, for instance [3, 32, 32]. */
  readonly event: Shape;
  /** Shape of one condition, where the network takes one. */
  readonly condition?: Shape | undefined;
  /** Whether the network takes a label an event. */
  readonly isLabelled?: boolean;
  readonly reduction: Reduction;
  /** What the network predicts; the difference x1 - x0 by default. */
  readonly predicts?: Predicts;
}

/** What a step minimises over batches of type `B`. */
export interface Objective<B> extends Loss {
  /** A batch's arrays by the names of the inputs. */
  feeds(batch: B): Readonly<Record<string, Float32Array | undefined>>;
}

/** Algorithm 3 as an objective. */
export function deblendingObjective(
  network: Network,
  options: Omit<StepOptions, keyof UpdateOptions>,
): Objective<TrainingBatch> {
  const { batch, event, condition, isLabelled, reduction, predicts } = options;
  const images = [batch, ...event];
  return {
    inputs: {
      ...{ x0: images, x1: images, alpha: [batch] },
      ...(condition && { condition: [batch, ...condition] }),
      ...(isLabelled && { label: [batch] }),
    },
    loss: (parameters, { x0, x1, alpha, condition, label }) =>
      deblendingLoss(
        network,
        parameters,
        { x0: x0 as Tensor, x1: x1 as Tensor, alpha: alpha as Tensor, condition, label },
        reduction,
        predicts,
      ),
    feeds: ({ x0, x1, alpha, condition, label }) => ({ x0, x1, alpha, condition, label }),
  };
}

export interface StepScalars {
  readonly learningRate: number;
  /** Share of the average that is kept. */
  readonly emaDecay: number;
  /** Number of this update, from 1. */
  readonly step: number;
}

export interface StepResult {
  /** Mean over the micro-batches. */
  readonly loss: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
}

export interface TrainingStep<B = TrainingBatch> {
  /** Nodes of the compiled graphs. */
  readonly nodeCount: number;
  /** @param batches one batch for each micro-batch */
  run(batches: readonly B[], scalars: StepScalars): Promise<StepResult>;
  /** A copy of the state in ordinary memory. */
  readState(): Promise<TrainingState>;
  dispose(): Promise<void>;
}

/** Which inputs and outputs hold the numbers of which parameter: the target may keep them in an order of its own. */
function storedShapes(network: Pick<Network, "parameters">): ReadonlyMap<string, Shape> {
  return new Map(
    network.parameters.flatMap(({ name, shape }) =>
      [...KINDS, "gradient" as const].flatMap((kind) =>
        [key(kind, name), NEXT + key(kind, name)].map((place) => [place, shape] as const),
      ),
    ),
  );
}

/** Reorders arrays in their own place, with one spare array for all of them. */
function inPlace(
  network: Pick<Network, "parameters">,
): (values: Float32Array<ArrayBuffer>, order: Storage | undefined) => void {
  const largest = Math.max(0, ...network.parameters.map(({ shape }) => sizeOf(shape)));
  const spare = new Float32Array(largest);
  return (values, order) => {
    if (order === undefined) return;
    const plain = spare.subarray(0, values.length);
    plain.set(values);
    order.toStored(plain, values);
  };
}

/** Compiles a step of Algorithm 3 for a device and puts the initial state there. */
export async function createTrainingStep(
  device: Device,
  network: Network,
  options: StepOptions,
): Promise<TrainingStep> {
  return createObjectiveStep(device, network, deblendingObjective(network, options), options);
}

/** Compiles the step that minimises an objective, and puts the initial state on the device. */
export async function createObjectiveStep<B>(
  device: Device,
  network: Pick<Network, "parameters">,
  objective: Objective<B>,
  options: UpdateOptions,
): Promise<TrainingStep<B>> {
  const { optimiser, accumulate, target = device.target } = options;
  const stored = storedShapes(network);
  const storages = new Map<string, Storage>();
  for (const { name, shape } of network.parameters) {
    const order = target.storage(shape);
    if (order !== undefined) storages.set(name, order);
  }
  const load = async (outputs: Record<string, Tensor>) => {
    const { bytes, nodeCount } = lower(outputs, { target, stored, isUnreturned: device.copiesOutputs });
    const onDevice = Object.keys(outputs).filter((name) => name.startsWith(NEXT));
    return { nodeCount, program: await device.load(bytes, { onDevice, optimise: !target.isFinal }) };
  };
  const differentiate = await load(gradientGraph(network, objective, accumulate));
  const update = await load(updateGraph(network, options));

  /** By the name of the input; the gradients are there from the first micro-batch on, or from the start. */
  const state = new Map<string, DeviceTensor>();
  const reorder = inPlace(network);
  for (const { name, shape } of network.parameters) {
    const size = sizeOf(shape);
    const of = (kind: Kind) => {
      const values = options.initial(kind, name);
      if (values !== undefined) reorder(values, storages.get(name));
      return values;
    };
    const weights = of("weights");
    if (weights === undefined) throw new DeblendError(`The initial weights lack ${name}.`);
    const zeros = () => new Float32Array(size);
    const start: Record<Kind | "gradient", Float32Array> = {
      weights,
      ema: of("ema") ?? weights.slice(),
      firstMoment: of("firstMoment") ?? zeros(),
      secondMoment: of("secondMoment") ?? zeros(),
      gradient: zeros(),
    };
    for (const kind of KINDS) state.set(key(kind, name), device.tensor(start[kind], [size]));
    if (accumulate > 1 || device.reusesOutputs) {
      state.set(key("gradient", name), device.tensor(start.gradient, [size]));
    }
  }

  /** Runs one graph on the state and keeps what it returns of it. */
  const advance = async (
    program: Program,
    extra: Record<string, DeviceTensor>,
  ): Promise<Record<string, number>> => {
    const feeds: Record<string, DeviceTensor> = { ...extra };
    for (const name of program.inputs) {
      const kept = state.get(name);
      if (kept !== undefined) feeds[name] = kept;
    }
    const into: Record<string, DeviceTensor> = {};
    if (device.reusesOutputs) {
      for (const output of program.outputs) {
        const place = state.get(output.replace(NEXT, ""));
        if (place !== undefined) into[output] = place;
      }
    }
    const results = await program.run(feeds, into);
    const numbers: Record<string, number> = {};
    for (const [output, result] of Object.entries(results)) {
      const name = output.replace(NEXT, "");
      if (name === output) {
        numbers[name] = (await result.read())[0] ?? Number.NaN;
        result.dispose();
        continue;
      }
      const before = state.get(name);
      state.set(name, result);
      if (before !== result) before?.dispose();
    }
    for (const tensor of Object.values(extra)) tensor.dispose();
    return numbers;
  };

  const number = (value: number) => device.tensor(Float32Array.of(value), []);
  const batchFeeds = (batch: B): Record<string, DeviceTensor> => {
    const arrays = objective.feeds(batch);
    return Object.fromEntries(
      Object.entries(objective.inputs).map(([name, shape]) => {
        const data = arrays[name];
        if (data === undefined) throw new DeblendError(`A batch to train on lacks its ${name}.`);
        return [name, device.tensor(data, shape)] as const;
      }),
    );
  };

  return {
    nodeCount: differentiate.nodeCount + update.nodeCount,
    run: async (batches, { learningRate, emaDecay, step }) => {
      if (batches.length !== accumulate) {
        throw new Error(`A step takes ${accumulate} batches, not ${batches.length}.`);
      }
      let loss = 0;
      for (const [i, micro] of batches.entries()) {
        const keep = accumulate > 1 && { keep: number(i === 0 ? 0 : 1) };
        const result = await advance(differentiate.program, { ...batchFeeds(micro), ...keep });
        loss += (result.loss ?? Number.NaN) / accumulate;
      }
      const scalars = Object.entries({ ...optimiser.scalars(step, learningRate), emaDecay });
      const { gradientNorm = Number.NaN } = await advance(
        update.program,
        Object.fromEntries(scalars.map(([name, value]) => [name, number(value)])),
      );
      return { loss, gradientNorm };
    },
    readState: async () => {
      const read = async (kind: Kind): Promise<Weights> => {
        const copies: Weights = new Map();
        for (const { name } of network.parameters) {
          const copy = (await state.get(key(kind, name))?.read()) ?? new Float32Array();
          const plain = storages.has(name) ? new Float32Array(copy.length) : copy;
          storages.get(name)?.toPlain(copy, plain);
          copies.set(name, plain);
        }
        return copies;
      };
      return {
        weights: await read("weights"),
        ema: await read("ema"),
        firstMoment: await read("firstMoment"),
        secondMoment: await read("secondMoment"),
      };
    },
    dispose: async () => {
      for (const tensor of state.values()) tensor.dispose();
      for (const { program } of [differentiate, update]) await program.dispose();
    },
  };
}
