/**
 * From expressions to ONNX: lowering, its targets and the file format.
 */
export { generic } from "./generic/index.ts";
export type { Target } from "./kernel.ts";
export { type LoweredModel, type LowerOptions, lower } from "./lower.ts";
