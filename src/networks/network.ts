/**
 * The contract of a network D(x_alpha, alpha): named parameters, and an expression of them.
 */
import { sizeOf } from "../batch.ts";
import { fillNormal, fillUniform } from "../random/index.ts";
import type { Shape, Tensor } from "../tensor/index.ts";

/** How a parameter starts. */
export type Initialiser =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly deviation: number }
  /** Uniform in (-bound, bound); PyTorch's default for layers is bound = 1 / sqrt(fan in). */
  | { readonly kind: "uniform"; readonly bound: number };

export interface ParameterSpec {
  /** As in the state dict of the Python network of the same architecture. */
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
}

/** Numbers of every parameter by name, each array in row-major order of the parameter's shape. */
export type Weights = Map<string, Float32Array>;

export interface Network {
  readonly parameters: readonly ParameterSpec[];
  /**
   * D(x_alpha, alpha), in the shape of the target x1 - x0.
   *
   * @param xAlpha [n, ...event]; the batch may be left open in the lowered graph
   * @param alpha [n], or [1] for one alpha for all
   * @param condition [n, ...], for a network that takes one
   * @param label [n], numbers of classes, for a network that takes them
   */
  apply(
    parameters: ReadonlyMap<string, Tensor>,
    xAlpha: Tensor,
    alpha: Tensor,
    condition?: Tensor,
    label?: Tensor,
  ): Tensor;
}

/** How many numbers a network learns. */
export function countParameters({ parameters }: Pick<Network, "parameters">): number {
  return parameters.reduce((count, { shape }) => count + sizeOf(shape), 0);
}

/** Fresh numbers for one parameter at a time; parameter i is drawn from stream i of the seed. */
export function freshWeights(
  { parameters }: Pick<Network, "parameters">,
  seed: number,
): (name: string) => Float32Array<ArrayBuffer> {
  const indices = new Map(parameters.map(({ name }, index) => [name, index]));
  return (name) => {
    const index = indices.get(name) ?? -1;
    const spec = parameters[index];
    if (spec === undefined) throw new Error(`The network has no parameter named ${name}.`);
    const values = new Float32Array(sizeOf(spec.shape));
    const { initialiser } = spec;
    if (initialiser.kind === "constant") return values.fill(initialiser.value);
    if (initialiser.kind === "normal") {
      fillNormal(values, { seed, purpose: "init", index });
      return values.map((value) => value * initialiser.deviation);
    }
    fillUniform(values, { seed, purpose: "init", index });
    const { bound } = initialiser;
    for (let i = 0; i < values.length; i++) values[i] = (2 * (values[i] ?? 0) - 1) * bound;
    return values;
  };
}

/** Fresh weights, all at once. */
export function initialise(network: Pick<Network, "parameters">, seed: number): Weights {
  const fresh = freshWeights(network, seed);
  return new Map(network.parameters.map(({ name }) => [name, fresh(name)]));
}

/** A parameter's tensor, by name. */
export type ParameterLookup = (name: string) => Tensor;

/** Looks parameters up, with an error that names a missing one. */
export function lookup(parameters: ReadonlyMap<string, Tensor>): ParameterLookup {
  return (name) => {
    const found = parameters.get(name);
    if (found === undefined) throw new Error(`The network has no parameter named ${name}.`);
    return found;
  };
}
