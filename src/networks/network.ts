/**
 * The contract of a network D(x_alpha, alpha): named parameters, and an expression of them.
 */
import { fillUniform } from "../random/index.ts";
import type { Shape, Tensor } from "../tensor/index.ts";

/** How a parameter starts. */
export type Initialiser =
  | { readonly kind: "constant"; readonly value: number }
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
   */
  apply(parameters: ReadonlyMap<string, Tensor>, xAlpha: Tensor, alpha: Tensor, condition?: Tensor): Tensor;
}

/** How many numbers a network learns. */
export function countParameters({ parameters }: Pick<Network, "parameters">): number {
  return parameters.reduce((count, { shape }) => count + shape.reduce((a, b) => a * b, 1), 0);
}

/** Fresh weights; parameter i is drawn from stream i of the seed. */
export function initialise({ parameters }: Pick<Network, "parameters">, seed: number): Weights {
  return new Map(
    parameters.map(({ name, shape, initialiser }, index) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (initialiser.kind === "constant") values.fill(initialiser.value);
      else {
        fillUniform(values, { seed, purpose: "init", index });
        const { bound } = initialiser;
        for (let i = 0; i < values.length; i++) values[i] = (2 * (values[i] ?? 0) - 1) * bound;
      }
      return [name, values] as const;
    }),
  );
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
