/**
 * Ends `trainImages` after the step at hand: unlike a cancellation, it still answers with where it stopped.
 */
import type { Operation } from "../operation.ts";
import { stopTraining } from "./trainImages.ts";

export const run: Operation<null, never, void> = async () => stopTraining();
