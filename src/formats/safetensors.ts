/**
 * The safetensors format: named tensors behind a JSON header, with nothing in it that could run.
 *
 * Layout: 8 bytes header length (little-endian), the header, then the bytes of all tensors back to back. Everything a
 * header says is checked before it is believed (https://github.com/huggingface/safetensors).
 */
import { getFloat16 } from "@petamoriken/float16";
import { z } from "zod";
import { DeblendError } from "../errors.ts";

/** A tensor as float32, whatever number format it was stored in. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface SafetensorsEntry {
  readonly dtype: keyof typeof READERS;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the end of the header. */
  readonly offsets: readonly [number, number];
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes before the first tensor. */
  readonly size: number;
}

/** The format's own limit; a longer header is refused before it is read. */
export const LARGEST_HEADER = 100_000_000;
const PREFIX = 8;
/** The one key of a header that is no tensor. */
const METADATA = "__metadata__";

const size = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.enum(["F64", "F32", "F16", "BF16", "I64", "I32"]),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});

/** Bytes of one number. */
export const WIDTHS = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4 } as const;

const READERS = {
  F64: (view: DataView, at: number) => view.getFloat64(at, true),
  F32: (view: DataView, at: number) => view.getFloat32(at, true),
  F16: (view: DataView, at: number) => getFloat16(view, at, true),
  BF16: (view: DataView, at: number) => bfloat16(view.getUint16(at, true)),
  I64: (view: DataView, at: number) => Number(view.getBigInt64(at, true)),
  I32: (view: DataView, at: number) => view.getInt32(at, true),
} as const;

const word = new DataView(new ArrayBuffer(4));
/** The upper half of a float32. */
function bfloat16(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** How long the header says it is, from the file's first 8 bytes. */
export function headerLength(prefix: Uint8Array, source: string): number {
  const length =
    prefix.length < PREFIX
      ? -1
      : Number(new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true));
  if (length < 2 || length > LARGEST_HEADER) {
    throw new DeblendError(
      `${source} is not a safetensors file: its first 8 bytes should give a header length up to ${LARGEST_HEADER}.`,
    );
  }
  return length;
}

/**
 * Reads a header.
 *
 * @param bytes the file from its start, at least to the end of the header
 * @param fileSize bytes of the whole file
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, source: string): SafetensorsHeader {
  const length = headerLength(bytes, source);
  const start = PREFIX + length;
  const refuse = (why: string): never => {
    throw new DeblendError(`${source} is damaged or not a safetensors file: ${why}.`);
  };
  if (bytes.length < start) refuse(`its header should be ${length} bytes long, but the file ends before`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(PREFIX, start)));
  } catch {
    refuse("its header is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return refuse("its header is not an object");
  const { [METADATA]: meta = {}, ...entries } = json as Record<string, unknown>;
  const metadata = z.record(z.string(), z.string()).safeParse(meta);
  if (!metadata.success) return refuse("its metadata are not words");

  const tensors = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(entries)) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success) return refuse(`the entry of ${name} is not one of a float or integer tensor`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    const bytesNeeded = shape.reduce((a, b) => a * b, WIDTHS[dtype]);
    if (offsets[1] - offsets[0] !== bytesNeeded) {
      return refuse(
        `${name} of shape [${shape}] needs ${bytesNeeded} bytes, but has ${offsets[1] - offsets[0]}`,
      );
    }
    tensors.set(name, { dtype, shape, offsets });
  }
  // Back to back, without gap or overlap, to the end of the file.
  let end = 0;
  for (const [name, { offsets }] of [...tensors].sort(
    ([, a], [, b]) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  )) {
    if (offsets[0] !== end) return refuse(`${name} should start at byte ${end}, but starts at ${offsets[0]}`);
    end = offsets[1];
  }
  if (start + end !== fileSize) return refuse(`it should have ${start + end} bytes, but has ${fileSize}`);
  return { tensors, metadata: metadata.data, size: start };
}

/** Converts the bytes of one tensor to float32; float32 is taken over without a conversion. */
export function decodeTensor({ dtype, shape }: SafetensorsEntry, bytes: Uint8Array): NamedTensor {
  const count = bytes.byteLength / WIDTHS[dtype];
  if (dtype === "F32") {
    const data = new Float32Array(count);
    new Uint8Array(data.buffer).set(bytes);
    return { shape, data };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    shape,
    data: Float32Array.from({ length: count }, (_, i) => READERS[dtype](view, i * WIDTHS[dtype])),
  };
}

/** Reads a whole file. */
export function decodeSafetensors(
  bytes: Uint8Array,
  source = "The file",
): { tensors: Map<string, NamedTensor>; metadata: Readonly<Record<string, string>> } {
  const header = parseHeader(bytes, bytes.length, source);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, entry] of header.tensors) {
    const [from, to] = entry.offsets;
    tensors.set(name, decodeTensor(entry, bytes.subarray(header.size + from, header.size + to)));
  }
  return { tensors, metadata: header.metadata };
}

/** The bytes of a float32 file, as the parts to write one after the other (so that nothing large is copied). */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  // A map, because a plain object would swallow the name __proto__.
  const header = new Map<string, unknown>(Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : []);
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new Error(`${name} has the shape [${shape}] but ${data.length} numbers.`);
    }
    if (name === METADATA) throw new DeblendError(`A tensor cannot have the name ${METADATA}.`);
    header.set(name, { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  // Padded with spaces to a multiple of 8, so that the numbers are aligned in the file.
  const json = JSON.stringify(Object.fromEntries(header));
  const bytes = new TextEncoder().encode(json);
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  const prefix = new Uint8Array(PREFIX);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(padded.length), true);
  return [
    prefix,
    padded,
    ...[...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}
