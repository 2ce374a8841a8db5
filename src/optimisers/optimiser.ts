/**
 * The contract of an optimiser: a pure update of one flat parameter, as an expression.
 */
import type { Tensor } from "../tensor/index.ts";

export interface OptimiserCall {
  /** The parameter, flat: [size]. */
  readonly weight: Tensor;
  readonly gradient: Tensor;
  /** First and second moment, each [size]; zeros before the first step. */
  readonly state: readonly [firstMoment: Tensor, secondMoment: Tensor];
}

export interface OptimiserResult {
  readonly weight: Tensor;
  readonly state: readonly [firstMoment: Tensor, secondMoment: Tensor];
}

export interface Optimiser {
  readonly name: string;
  update(call: OptimiserCall): OptimiserResult;
  /**
   * What changes from step to step and is the same for every parameter: values of the update's scalar inputs.
   *
   * @param step number of the update, from 1
   */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
}
