/**
 * The blocked target: convolutional networks on ONNX Runtime's CPU provider, in the layout that its kernels compute in.
 *
 * B channels (16 with AVX-512, 8 with AVX2) lie together, so that a convolution is a run of full vector registers. The
 * runtime re-lays a graph by itself only where weights are constants; here the operators of its internal domain
 * `com.microsoft.nchwc` are written down, so training has them too. What does not fit falls back to the generic kernels.
 */
import type { Call, Tensor } from "../../tensor/tensor.ts";
import { genericKernels } from "../generic/index.ts";
import type { Lowering, Target } from "../kernel.ts";
import { channel } from "./channel.ts";
import { convolution, isBlocked } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { isWholeKernel, type KernelShape, kernelStorage } from "./kernelOrder.ts";
import { BlockedScope } from "./scope.ts";
import { weightGradient } from "./weightGradient.ts";

const blockedKernels = new Map([...elementwise, ...channel, ...convolution, ...weightGradient]);
const plainKernels = new Map(genericKernels);

/** The target for a block of `block` channels. */
export function blocked(block: number): Target {
  return {
    name: `blocked by ${block}`,
    isFinal: true,
    storage: (shape) => (isWholeKernel(shape, block) ? kernelStorage(shape, block) : undefined),
    isOwn: (weights) => weights.length === 4 && isBlocked(weights as KernelShape, block),
    begin: (graph, expression): Lowering => {
      const scope = new BlockedScope(block, graph, expression);
      return {
        input: (node, name, parameter) => {
          const isKernel = parameter !== undefined && isWholeKernel(parameter, block);
          scope.set(node, isKernel ? { form: "kernel", name, kernel: parameter } : { form: "plain", name });
        },
        lower: (output: Tensor) => {
          const { op, inputs, attributes } = output;
          const call: Call<unknown> = { inputs, attributes, output };
          const value = blockedKernels.get(op)?.(scope, call);
          if (value !== undefined) {
            scope.set(output, value);
            return true;
          }
          const kernel = plainKernels.get(op);
          if (kernel === undefined) return false;
          const names = inputs.map((input) => scope.plain(input));
          scope.set(output, { form: "plain", name: kernel(graph, names, call) });
          return true;
        },
        alias: (node, other) => scope.alias(node, other),
        result: (node, parameter) =>
          parameter !== undefined && isWholeKernel(parameter, block)
            ? scope.kernel(node, parameter)
            : scope.plain(node),
      };
    },
  };
}
