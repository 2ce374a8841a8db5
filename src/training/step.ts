/**
 * One training step, compiled: Algorithm 3's loss, its gradients, clipping, the optimiser and the average, as one graph.
 *
 * The state (weights, their average, the optimiser's moments) stays in the device's memory between steps. With gradient
 * accumulation the work is two graphs: one adds a micro-batch's gradients to their sum, one applies the sum.
 */
import type { TrainingBatch } from "../data/trainingBatch.ts";
import { DeblendError } from "../errors.ts";
import type { Network, Weights } from "../networks/network.ts";
import { type LoweredModel, lower, type Target } from "../onnx/index.ts";
import { clipByGlobalNorm, ema, globalNorm, type Optimiser } from "../optimisers/index.ts";
import type { Device, DeviceTensor, Program } from "../runtime/index.ts";
import { add, gradients, input, mul, reshape, type Shape, scalar, type Tensor } from "../tensor/index.ts";
import { deblendingLoss, type Reduction } from "./objective.ts";

/** Everything that a step changes; all maps have the network's parameter names, all arrays the plain layout. */
export interface TrainingState {
  readonly weights: Weights;
  readonly ema: Weights;
  readonly firstMoment: Weights;
  readonly secondMoment: Weights;
}

/** The state before the first step: the average starts at the weights, the moments at zero. */
export function freshState(weights: Weights): TrainingState {
  const zeros = () => new Map([...weights].map(([name, { length }]) => [name, new Float32Array(length)]));
  return { weights, ema: new Map(weights), firstMoment: zeros(), secondMoment: zeros() };
}

export interface StepOptions {
  /** Events in a (micro-)batch. */
  readonly batch: number;
  /** Shape of one event, for instance [3, 32, 32]. */
  readonly event: Shape;
  /** Shape of one condition, where the network takes one. */
  readonly condition?: Shape | undefined;
  readonly optimiser: Optimiser;
  /** Largest global norm of the gradient; 0 leaves it as it is. */
  readonly clip: number;
  readonly reduction: Reduction;
  /** Micro-batches whose gradients are averaged before one update. */
  readonly accumulate: number;
  readonly initial: TrainingState;
  readonly target?: Target;
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

export interface TrainingStep {
  /** Nodes of the compiled graphs. */
  readonly nodeCount: number;
  /** @param batches one batch for each micro-batch */
  run(batches: readonly TrainingBatch[], scalars: StepScalars): Promise<StepResult>;
  /** A copy of the state in ordinary memory. */
  readState(): Promise<TrainingState>;
  dispose(): Promise<void>;
}

const KINDS = ["weights", "ema", "firstMoment", "secondMoment"] as const;
type Kind = (typeof KINDS)[number];
const key = (kind: Kind | "gradient", name: string) => `${kind}/${name}`;
/** Inputs and outputs of a graph share one set of names: the new value of a piece of state is marked as such. */
const NEXT = "next/";

/** The symbolic side of a step: what the graphs are made of. */
function expressions(network: Network, options: StepOptions) {
  const { batch, event, condition: conditionShape, optimiser, clip, reduction, accumulate } = options;
  // Parameters are flat inputs: elementwise updates of 1-D tensors are the fastest there are.
  const flat = (kind: Kind | "gradient") =>
    network.parameters.map(({ name, shape }) => input(key(kind, name), [shape.reduce((a, b) => a * b, 1)]));
  const weights = flat("weights");
  const parameters = new Map(
    network.parameters.map(({ name, shape }, i) => [name, reshape(weights[i] as Tensor, shape)]),
  );
  const loss = deblendingLoss(
    network,
    parameters,
    {
      x0: input("x0", [batch, ...event]),
      x1: input("x1", [batch, ...event]),
      alpha: input("alpha", [batch]),
      condition: conditionShape && input("condition", [batch, ...conditionShape]),
    },
    reduction,
  );
  const slopes = gradients(loss, weights);

  const update = (raw: readonly Tensor[]): Record<string, Tensor> => {
    const norm = globalNorm(raw);
    const clipped = clip > 0 ? clipByGlobalNorm(raw, norm, clip) : raw;
    const outputs: Record<string, Tensor> = { gradientNorm: norm };
    const averages = flat("ema");
    const moments = { firstMoment: flat("firstMoment"), secondMoment: flat("secondMoment") };
    network.parameters.forEach(({ name }, i) => {
      const before = {
        weight: weights[i],
        gradient: clipped[i],
        m: moments.firstMoment[i],
        v: moments.secondMoment[i],
      };
      const after = optimiser.update({
        weight: before.weight as Tensor,
        gradient: before.gradient as Tensor,
        state: [before.m as Tensor, before.v as Tensor],
      });
      outputs[NEXT + key("weights", name)] = after.weight;
      outputs[NEXT + key("firstMoment", name)] = after.state[0] as Tensor;
      outputs[NEXT + key("secondMoment", name)] = after.state[1] as Tensor;
      outputs[NEXT + key("ema", name)] = ema(averages[i] as Tensor, after.weight, input("emaDecay", []));
    });
    return outputs;
  };

  if (accumulate === 1) return { fused: { loss, ...update(slopes) } };
  const sums = flat("gradient");
  const keep = input("keep", []);
  const added: Record<string, Tensor> = { loss };
  network.parameters.forEach(({ name }, i) => {
    const share = mul(slopes[i] as Tensor, scalar(1 / accumulate));
    added[NEXT + key("gradient", name)] = add(mul(sums[i] as Tensor, keep), share);
  });
  return { added, applied: update(sums) };
}

/** Which inputs and outputs hold the numbers of which parameter: the target may keep them in an order of its own. */
function storedShapes(network: Network): ReadonlyMap<string, Shape> {
  return new Map(
    network.parameters.flatMap(({ name, shape }) =>
      [...KINDS, "gradient" as const].flatMap((kind) =>
        [key(kind, name), NEXT + key(kind, name)].map((place) => [place, shape] as const),
      ),
    ),
  );
}

/** Compiles the step for a device and puts the initial state there. */
export async function createTrainingStep(
  device: Device,
  network: Network,
  options: StepOptions,
): Promise<TrainingStep> {
  const { optimiser, accumulate, event, condition, batch, target = device.target } = options;
  const graphs = expressions(network, options);
  const stored = storedShapes(network);
  const models: LoweredModel[] = Object.values(graphs).map((outputs) => lower(outputs, { target, stored }));
  const storages = new Map(network.parameters.map(({ name, shape }) => [name, target.storage(shape)]));
  const onHost = ["loss", "gradientNorm"];
  const programs: Program[] = [];
  for (const { bytes, outputs } of models) {
    programs.push(
      await device.load(bytes, {
        onDevice: [...outputs.keys()].filter((name) => !onHost.includes(name)),
        optimise: !target.isFinal,
      }),
    );
  }

  const state = new Map<string, DeviceTensor>();
  /** Second copies of the weights: a graph reads the old ones until its end, so the new ones need their own memory. */
  const spare = new Map<string, DeviceTensor>();
  for (const { name } of network.parameters) {
    for (const kind of KINDS) {
      const data = options.initial[kind].get(name);
      if (data === undefined) throw new DeblendError(`The initial ${kind} lack ${name}.`);
      const order = storages.get(name);
      state.set(key(kind, name), device.tensor(order?.toStored(data) ?? data.slice(), [data.length]));
      if (kind === "weights")
        spare.set(key(kind, name), device.tensor(new Float32Array(data.length), [data.length]));
      if (kind === "weights" && accumulate > 1) {
        state.set(key("gradient", name), device.tensor(new Float32Array(data.length), [data.length]));
      }
    }
  }

  /** Runs one graph on the state and keeps what it returns of it. */
  const advance = async (
    index: number,
    extra: Record<string, DeviceTensor>,
  ): Promise<Record<string, number>> => {
    const program = programs[index] as Program;
    const feeds: Record<string, DeviceTensor> = { ...extra };
    for (const name of program.inputs) {
      const kept = state.get(name);
      if (kept !== undefined) feeds[name] = kept;
    }
    const into: Record<string, DeviceTensor> = {};
    for (const output of program.outputs) {
      const name = output.replace(NEXT, "");
      const place = spare.get(name) ?? state.get(name);
      if (place !== undefined) into[output] = place;
    }
    const results = await program.run(feeds, device.reusesOutputs ? into : {});
    const numbers: Record<string, number> = {};
    for (const [output, result] of Object.entries(results)) {
      const name = output.replace(NEXT, "");
      const before = state.get(name);
      if (before === undefined) {
        numbers[name] = (await result.read())[0] ?? Number.NaN;
        result.dispose();
      } else {
        state.set(name, result);
        if (spare.has(name) && device.reusesOutputs) spare.set(name, before);
        else if (before !== result) before.dispose();
      }
    }
    for (const tensor of Object.values(extra)) tensor.dispose();
    return numbers;
  };

  const number = (value: number) => device.tensor(Float32Array.of(value), []);
  const batchFeeds = ({ x0, x1, alpha, condition: given }: TrainingBatch): Record<string, DeviceTensor> => ({
    x0: device.tensor(x0, [batch, ...event]),
    x1: device.tensor(x1, [batch, ...event]),
    alpha: device.tensor(alpha, [batch]),
    ...(condition && given && { condition: device.tensor(given, [batch, ...condition]) }),
  });

  return {
    nodeCount: models.reduce((count, model) => count + model.nodeCount, 0),
    run: async (batches, { learningRate, emaDecay, step }) => {
      if (batches.length !== accumulate) {
        throw new Error(`A step takes ${accumulate} batches, not ${batches.length}.`);
      }
      const scalars = () => ({
        emaDecay: number(emaDecay),
        ...Object.fromEntries(
          Object.entries(optimiser.scalars(step, learningRate)).map(([name, value]) => [name, number(value)]),
        ),
      });
      let loss = 0;
      if (accumulate === 1) {
        const [only] = batches as [TrainingBatch];
        const result = await advance(0, { ...batchFeeds(only), ...scalars() });
        return { loss: result.loss ?? Number.NaN, gradientNorm: result.gradientNorm ?? Number.NaN };
      }
      for (const [i, micro] of batches.entries()) {
        const result = await advance(0, { ...batchFeeds(micro), keep: number(i === 0 ? 0 : 1) });
        loss += (result.loss ?? Number.NaN) / accumulate;
      }
      const result = await advance(1, scalars());
      return { loss, gradientNorm: result.gradientNorm ?? Number.NaN };
    },
    readState: async () => {
      const read = async (kind: Kind): Promise<Weights> => {
        const copies: Weights = new Map();
        for (const { name } of network.parameters) {
          const copy = (await state.get(key(kind, name))?.read()) ?? new Float32Array();
          copies.set(name, storages.get(name)?.toPlain(copy) ?? copy);
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
      for (const tensor of [...state.values(), ...spare.values()]) tensor.dispose();
      for (const program of programs) await program.dispose();
    },
  };
}
