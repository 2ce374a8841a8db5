/**
 * deblend for browsers and Node: the paper, networks, training and sampling, everything that needs no file system.
 *
 * `deblend/node` has this and what needs Node: folders of images, runs, checkpoints, model folders.
 */
export type { Batch, Deblender } from "./batch.ts";
export * from "./data/index.ts";
export { DeblendError, messageOf } from "./errors.ts";
export * from "./figures/index.ts";
export { decodeSafetensors, encodeSafetensors, type NamedTensor } from "./formats/safetensors.ts";
export { compareReconstruction, type Reconstruction } from "./metrics/reconstruction.ts";
export * from "./networks/index.ts";
export { generic, lower } from "./onnx/index.ts";
export * from "./optimisers/index.ts";
export * from "./random/index.ts";
export { type BrowserDeviceName, openDevice } from "./runtime/browser.ts";
export type { Device, DeviceTensor, Program } from "./runtime/index.ts";
export * from "./solvers/index.ts";
export * as tensor from "./tensor/index.ts";
export * as theory from "./theory/index.ts";
export * from "./training/index.ts";
