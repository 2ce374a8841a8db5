/**
 * The IDX format of the MNIST files (Y. LeCun, C. Cortes, C. Burges): big-endian sizes, then unsigned bytes.
 */
import { DeblendError } from "../errors.ts";

/** What an IDX file of unsigned bytes holds. */
export interface IdxHeader {
  /** [count, height, width] for pictures, [count] for labels. */
  readonly sizes: readonly number[];
  /** Where the values start. */
  readonly offset: number;
  /** How many bytes the values take. */
  readonly bytes: number;
}

/** The longest header that is read: four bytes of magic, three sizes. */
export const IDX_HEADER_BYTES = 16;

/** Whether the bytes start like an IDX file of unsigned bytes with one or three sizes. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8 && (bytes[3] === 1 || bytes[3] === 3);
}

/**
 * Reads the header of an IDX file.
 *
 * @param bytes at least the first 16 bytes (8 for labels)
 * @param name for the error
 * @throws DeblendError where it is no IDX file of pictures or labels, or ends inside the header
 */
export function parseIdxHeader(bytes: Uint8Array, name: string): IdxHeader {
  if (!isIdx(bytes)) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new DeblendError(
      `${name} is not an IDX file of pictures or labels: it should start with 00 00 08 03 or 00 00 08 01, but starts with ${found || "nothing"}.`,
    );
  }
  const rank = bytes[3] ?? 0;
  const offset = 4 + 4 * rank;
  if (bytes.length < offset) {
    throw new DeblendError(`${name} ends after ${bytes.length} bytes, inside its header: download it again.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const values = sizes.reduce((product, size) => product * size, 1);
  if (values === 0 || !Number.isSafeInteger(values)) {
    throw new DeblendError(
      `${name} claims the sizes ${sizes.join(" x ")}, so it holds no readable data: download it again.`,
    );
  }
  return { sizes, offset, bytes: values };
}

/**
 * A whole IDX file.
 *
 * @throws DeblendError where it is no IDX file of pictures or labels, or shorter or longer than it says
 */
export function parseIdx(bytes: Uint8Array, name: string): { shape: readonly number[]; data: Uint8Array } {
  const header = parseIdxHeader(bytes, name);
  const found = bytes.length - header.offset;
  if (found !== header.bytes) {
    throw new DeblendError(
      `${name} should hold ${header.sizes.join(" x ")} = ${header.bytes} bytes of data, but holds ${found}: download it again.`,
    );
  }
  return { shape: header.sizes, data: bytes.subarray(header.offset) };
}
