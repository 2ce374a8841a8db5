/**
 * One row of the blocked target's table: an operation and how it is lowered where its channels fill whole blocks.
 */
import type { Call, Op } from "../../tensor/tensor.ts";
import type { BlockedScope, Value } from "./scope.ts";

/** Adds the nodes of a call; undefined leaves it to the generic kernel on row-major values. */
export type BlockedKernel<Attributes> = (scope: BlockedScope, call: Call<Attributes>) => Value | undefined;

export type BlockedEntry = readonly [Op, BlockedKernel<unknown>];

/** Pairs an operation with its kernel, so that the types of the attributes agree. */
export function blockedKernel<Attributes>(
  op: Op<Attributes>,
  lower: BlockedKernel<Attributes>,
): BlockedEntry {
  return [op, (scope, call) => lower(scope, call as Call<Attributes>)];
}
