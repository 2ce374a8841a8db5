/**
 * The contract of a set of images, and its form in memory: bytes, scaled to [-1, 1] when read.
 */
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";

/** Images of one shape. Reading leaves no trace: `read(3)` is always the same image. */
export interface ImageDataset {
  /** How many images, at least 1. */
  readonly length: number;
  /** Of one image; 1 channel is gray, 3 are red, green and blue. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Names of the classes, where images have labels. */
  readonly classes?: readonly string[] | undefined;
  /** Writes image `index` to `out`, [channels, height, width] in [-1, 1]. */
  read(index: number, out: Float32Array): void;
  /** Position in `classes`; present where those are. */
  label?(index: number): number;
}

/** Reads the bytes of one image, [channels, height, width], into `out`. */
export type ReadBytes = (index: number, out: Uint8Array) => void;

/** What a dataset over bytes is made of. */
export interface PixelDataset {
  readonly length: number;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly readBytes: ReadBytes;
  readonly classes?: readonly string[] | undefined;
  /** [length], positions in `classes`. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** A dataset over bytes: 0 is -1 and 255 is 1. */
export function pixelDataset({ length, shape, readBytes, classes, labels }: PixelDataset): ImageDataset {
  const bytes = new Uint8Array(sizeOf(shape));
  const check = (index: number) => {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new DeblendError(
        `Image ${index} was asked for, but the set holds ${length}: ask for a whole number from 0 to ${length - 1}.`,
      );
    }
  };
  return {
    length,
    shape,
    classes,
    read: (index, out) => {
      check(index);
      if (out.length !== bytes.length) {
        throw new DeblendError(
          `An image of shape [${shape.join(", ")}] needs an array of ${bytes.length} numbers, but it has ${out.length}.`,
        );
      }
      readBytes(index, bytes);
      for (let i = 0; i < bytes.length; i++) out[i] = (bytes[i] ?? 0) / 127.5 - 1;
    },
    ...(labels && {
      label: (index: number) => {
        check(index);
        return labels[index] ?? 0;
      },
    }),
  };
}

/** Bytes that lie one image after the other in memory. */
export function readFromMemory(pixels: Uint8Array, size: number): ReadBytes {
  return (index, out) => out.set(pixels.subarray(index * size, (index + 1) * size));
}
