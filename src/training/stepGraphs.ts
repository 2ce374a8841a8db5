/**
 * The two graphs of a training step, as expressions: the gradients of Algorithm 3's loss, and the update by them.
 *
 * They are two because of memory. Clipping by the global norm needs all gradients before the first weight changes, so
 * they need a place of their own anyway; and where no gradient depends on a weight any more, each update may be written
 * over what it was computed from.
 */
import { sizeOf } from "../batch.ts";
import type { Network, ParameterSpec } from "../networks/network.ts";
import { clipByGlobalNorm, ema, globalNorm, type Optimiser } from "../optimisers/index.ts";
import { add, gradients, input, mul, reshape, type Shape, scalar, type Tensor } from "../tensor/index.ts";

/** What is kept of every parameter between steps; a gradient lives from one graph to the other. */
export const KINDS = ["weights", "ema", "firstMoment", "secondMoment"] as const;
export type Kind = (typeof KINDS)[number];

/** Name of the graphs' input that holds a kind of numbers of a parameter. */
export const key = (kind: Kind | "gradient", name: string) => `${kind}/${name}`;

/** Inputs and outputs of a graph share one set of names: the new value of a piece of state is marked as such. */
export const NEXT = "next/";

type Parameters = Pick<Network, "parameters">;

/** A loss of parameters by name and inputs by name. */
export interface Loss {
  /** What a batch is fed as, by name. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** A scalar. */
  loss(parameters: ReadonlyMap<string, Tensor>, inputs: Readonly<Record<string, Tensor>>): Tensor;
}

export interface UpdateRule {
  readonly optimiser: Optimiser;
  /** Largest global norm of the gradient; 0 leaves it as it is. */
  readonly clip: number;
}

type Outputs = Record<string, Tensor>;

// Parameters are flat inputs: elementwise updates of 1-D tensors are the fastest there are.
const flat = ({ parameters }: Parameters, kind: Kind | "gradient") =>
  parameters.map(({ name, shape }) => input(key(kind, name), [sizeOf(shape)]));

/** A micro-batch's loss, and its share of the gradients added to `keep` times what was gathered before. */
export function gradientGraph(
  network: Parameters,
  { inputs, loss: lossOf }: Loss,
  accumulate: number,
): Outputs {
  const weights = flat(network, "weights");
  const parameters = new Map(
    network.parameters.map(({ name, shape }, i) => [name, reshape(weights[i] as Tensor, shape)]),
  );
  const fed = Object.entries(inputs).map(([name, shape]) => [name, input(name, shape)] as const);
  const loss = lossOf(parameters, Object.fromEntries(fed));
  const slopes = gradients(loss, weights);
  const gathered = flat(network, "gradient");
  const outputs: Outputs = { loss };
  network.parameters.forEach(({ name }, i) => {
    const slope = slopes[i] as Tensor;
    outputs[NEXT + key("gradient", name)] =
      accumulate === 1
        ? slope
        : add(mul(gathered[i] as Tensor, input("keep", [])), mul(slope, scalar(1 / accumulate)));
  });
  return outputs;
}

/** Clipping, the optimiser's update and the average. */
export function updateGraph(network: Parameters, { clip, optimiser }: UpdateRule): Outputs {
  const raw = flat(network, "gradient");
  const gradientNorm = globalNorm(raw);
  const clipped = clip > 0 ? clipByGlobalNorm(raw, gradientNorm, clip) : raw;
  const [weights, averages] = [flat(network, "weights"), flat(network, "ema")];
  const [first, second] = [flat(network, "firstMoment"), flat(network, "secondMoment")];
  const outputs: Outputs = { gradientNorm };
  // Largest first: the memory that they leave behind is enough for all others.
  const bySize = network.parameters.map((_, i) => i).sort((i, j) => sizeAt(network, j) - sizeAt(network, i));
  for (const i of bySize) {
    const { name } = network.parameters[i] as ParameterSpec;
    const after = optimiser.update({
      weight: weights[i] as Tensor,
      gradient: clipped[i] as Tensor,
      state: [first[i] as Tensor, second[i] as Tensor],
    });
    outputs[NEXT + key("weights", name)] = after.weight;
    outputs[NEXT + key("firstMoment", name)] = after.state[0];
    outputs[NEXT + key("secondMoment", name)] = after.state[1];
    outputs[NEXT + key("ema", name)] = ema(averages[i] as Tensor, after.weight, input("emaDecay", []));
  }
  return outputs;
}

const sizeAt = ({ parameters }: Parameters, i: number) => sizeOf(parameters[i]?.shape ?? []);
