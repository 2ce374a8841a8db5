/**
 * The `generic` target: plain ONNX that any runtime takes (wasm, WebGPU, CUDA, exported files).
 */
import { target } from "../kernel.ts";
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import { image } from "./image.ts";
import { structure } from "./structure.ts";

export const genericKernels = [...elementwise, ...structure, ...image, ...convolution];

export const generic = target("generic", genericKernels);
