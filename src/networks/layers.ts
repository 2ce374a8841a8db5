/**
 * The parameters of common layers, named and initialised as in PyTorch.
 */
import type { ParameterSpec } from "./network.ts";

const one = { kind: "constant", value: 1 } as const;
const zero = { kind: "constant", value: 0 } as const;

/** A linear layer, weight [out, in] and bias [out]. */
export function linearParameters(name: string, inputs: number, outputs: number): ParameterSpec[] {
  const initialiser = { kind: "uniform", bound: 1 / Math.sqrt(inputs) } as const;
  return [
    { name: `${name}.weight`, shape: [outputs, inputs], initialiser },
    { name: `${name}.bias`, shape: [outputs], initialiser },
  ];
}

/** A convolution, weight [out, in, kernel, kernel] and bias [out]. */
export function convParameters(
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
): ParameterSpec[] {
  const initialiser = { kind: "uniform", bound: 1 / Math.sqrt(inputs * kernel * kernel) } as const;
  return [
    { name: `${name}.weight`, shape: [outputs, inputs, kernel, kernel], initialiser },
    { name: `${name}.bias`, shape: [outputs], initialiser },
  ];
}

/** A table of vectors, weight [rows, width]. */
export function embeddingParameters(name: string, rows: number, width: number): ParameterSpec[] {
  const initialiser = { kind: "normal", deviation: 1 } as const;
  return [{ name: `${name}.weight`, shape: [rows, width], initialiser }];
}

/** Group normalisation, scale and shift [channels]. */
export function normParameters(name: string, channels: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [channels], initialiser: one },
    { name: `${name}.bias`, shape: [channels], initialiser: zero },
  ];
}
