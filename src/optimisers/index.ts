/**
 * Optimisers as pure updates in symbolic operations, clipping, the moving average and the schedules.
 */
import { adam, adamw } from "./adam.ts";

export { type AdamOptions, adam, adamDefaults, adamw } from "./adam.ts";
export { clipByGlobalNorm, globalNorm } from "./clipByGlobalNorm.ts";
export { ema } from "./ema.ts";
export type { Optimiser } from "./optimiser.ts";
export { emaDecayAt, type LearningRateSchedule, learningRateAt } from "./schedules.ts";

/** Every optimiser by name. */
export const optimisers = { adam, adamw };
