/**
 * Which layout a network is computed in, in words: all in the target's own, some in it, or all in the plain one.
 */
import type { Network } from "../networks/network.ts";
import type { Target } from "../onnx/index.ts";

/** For instance "blocked by 16", "blocked by 16 for 3 of 38 convolutions, the others plain" or "generic". */
export function layoutOf(target: Target, { parameters }: Pick<Network, "parameters">): string {
  const convolutions = parameters.filter(({ shape }) => shape.length === 4);
  const own = convolutions.filter(({ shape }) => target.isOwn(shape)).length;
  if (own === 0) return "plain";
  if (own === convolutions.length) return target.name;
  return `${target.name} for ${own} of ${convolutions.length} convolutions, plain for the others`;
}
