/**
 * How many threads may be asked for: beyond a few a core the runtime only waits for all of them to start.
 */
import { availableParallelism } from "node:os";

/** Threads for each core that still make sense, for instance to compare. */
const A_CORE = 4;
/** May be asked for on any machine. */
const LEAST = 64;

/** The most CPU threads that may be asked for on this machine. */
export function mostThreads(): number {
  return Math.max(LEAST, A_CORE * availableParallelism());
}
