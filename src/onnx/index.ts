/**
 * From expressions to ONNX: lowering, its targets and the file format.
 */
export { blocked } from "./blocked/index.ts";
export { generic } from "./generic/index.ts";
export type { Storage, Target } from "./kernel.ts";
export { type LoweredModel, type LowerOptions, lower, type Precision, precisions } from "./lower.ts";
export { isUnreturned, UNRETURNED } from "./unreturned.ts";
