/**
 * The binary version of CIFAR-10 (A. Krizhevsky): records of a label byte and 32 x 32 red, green and blue planes.
 */
import { DeblendError } from "../errors.ts";

export const CIFAR_SHAPE = [3, 32, 32] as const;
const PICTURE_BYTES = 3 * 32 * 32;
const RECORD_BYTES = 1 + PICTURE_BYTES;

/** The classes in the order of their labels, as `batches.meta.txt` has them. */
export const CIFAR10_CLASSES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/**
 * A batch file: its pictures, [records, 3, 32, 32], and the label of each.
 *
 * @throws DeblendError where the size is no whole number of records, or a label is none of the ten
 */
export function parseCifar10(bytes: Uint8Array, name: string): { pixels: Uint8Array; labels: Uint8Array } {
  const records = bytes.length / RECORD_BYTES;
  if (!Number.isInteger(records) || records < 1) {
    throw new DeblendError(
      `${name} is no CIFAR-10 batch in the binary version: its size should be a multiple of ${RECORD_BYTES} bytes, but is ${bytes.length}.`,
    );
  }
  const pixels = new Uint8Array(records * PICTURE_BYTES);
  const labels = new Uint8Array(records);
  for (let i = 0; i < records; i++) {
    const label = bytes[i * RECORD_BYTES] ?? 0;
    if (label >= CIFAR10_CLASSES.length) {
      throw new DeblendError(
        `${name} is no CIFAR-10 batch in the binary version: the label of record ${i} should be 0 to 9, but is ${label}.`,
      );
    }
    labels[i] = label;
    pixels.set(bytes.subarray(i * RECORD_BYTES + 1, (i + 1) * RECORD_BYTES), i * PICTURE_BYTES);
  }
  return { pixels, labels };
}
