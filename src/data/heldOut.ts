/**
 * Holding pictures out: with N, every N-th picture (in name order) is left out of training and kept for judging.
 */
import { DeblendError } from "../errors.ts";
import type { ImageDataset } from "./dataset.ts";

/** Positions of the pictures that are trained on, or of those held out; N = 0 holds none out. */
export function partOf(length: number, holdOut: number, part: "training" | "held-out"): Uint32Array {
  if (holdOut === 1) {
    throw new DeblendError(
      "Holding out every picture leaves none to train on: give 2 or more, or 0 for none.",
    );
  }
  const isHeldOut = (i: number) => holdOut > 0 && (i + 1) % holdOut === 0;
  return Uint32Array.from({ length }, (_, i) => i).filter((i) => isHeldOut(i) === (part === "held-out"));
}

/**
 * One part of a dataset as a dataset.
 *
 * @throws DeblendError where the part is empty
 */
export function datasetPart(
  dataset: ImageDataset,
  holdOut: number,
  part: "training" | "held-out",
): ImageDataset {
  if (holdOut === 0 && part === "training") return dataset;
  const positions = partOf(dataset.length, holdOut, part);
  if (positions.length === 0) {
    throw new DeblendError(
      `The set has ${dataset.length} pictures, and none is ${part === "training" ? "left to train on" : "held out"} with --hold-out ${holdOut}.`,
    );
  }
  const { label } = dataset;
  const original = (index: number) => positions[index] ?? dataset.length;
  return {
    ...dataset,
    length: positions.length,
    read: (index, out) => dataset.read(original(index), out),
    ...(label && { label: (index: number) => label(original(index)) }),
  };
}
