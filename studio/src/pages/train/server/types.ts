/**
 * The server's types under one roof, and the configuration's.
 */
export type {
  MetricColumns,
  RunDetail,
  RunState,
  RunSummary,
  TrainingNews,
} from "../../../../../src/studioApi/index.ts";
export type { RunConfig } from "../../../../../src/training/config.ts";
