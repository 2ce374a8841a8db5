/**
 * The file that decoded pictures are cached in.
 *
 *     preamble   64 bytes: magic, version, where the description lies, its length, its sha256
 *     pixels     [length, channels, height, width], unsigned bytes
 *     description  JSON, see `CacheDescription`
 *
 * The preamble is written last, so a file that was cut short has none. Numbers are little-endian.
 */
import * as z from "zod";

export const CACHE_PREAMBLE_BYTES = 64;
/** Raised whenever the same source and transform would give other bytes. */
export const CACHE_VERSION = 1;

const MAGIC = [0x44, 0x42, 0x4c, 0x44, 0x50, 0x49, 0x43, 0x53]; // "DBLDPICS"
const SHA256_BYTES = 32;
/** A description lists classes, labels and what was skipped: this is room for tens of millions of pictures. */
const LONGEST_DESCRIPTION = 2 ** 28;

const count = z.int().nonnegative();

/** What the pixels are. */
export const cacheDescription = z.strictObject({
  /** The key of source and transform that the file was made for. */
  key: z.string(),
  length: count.min(1),
  shape: z.tuple([count.min(1), count.min(1), count.min(1)]),
  /** Of all pixels, hexadecimal. */
  pixelsSha256: z.string(),
  classes: z.array(z.string()).optional(),
  labels: z.array(count).optional(),
  skipped: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  /** How many images were smaller than asked for. */
  enlarged: count,
  /** Sentences for the person who opens the set. */
  notes: z.array(z.string()),
});
export type CacheDescription = z.infer<typeof cacheDescription>;

/** Where the description lies, and its sha256. */
export interface CachePreamble {
  readonly descriptionStart: number;
  readonly descriptionBytes: number;
  readonly descriptionSha256: Uint8Array;
}

export function encodeCachePreamble(preamble: CachePreamble): Uint8Array {
  const bytes = new Uint8Array(CACHE_PREAMBLE_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, CACHE_VERSION, true);
  view.setUint32(12, preamble.descriptionBytes, true);
  view.setBigUint64(16, BigInt(preamble.descriptionStart), true);
  bytes.set(preamble.descriptionSha256, 24);
  return bytes;
}

/** The preamble, or undefined where the bytes are not the start of a whole cache file of `fileBytes` bytes. */
export function parseCachePreamble(bytes: Uint8Array, fileBytes: number): CachePreamble | undefined {
  if (bytes.length < CACHE_PREAMBLE_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8, true) !== CACHE_VERSION) return undefined;
  const descriptionBytes = view.getUint32(12, true);
  const descriptionStart = Number(view.getBigUint64(16, true));
  if (descriptionBytes > LONGEST_DESCRIPTION || descriptionStart < CACHE_PREAMBLE_BYTES) return undefined;
  if (descriptionStart + descriptionBytes !== fileBytes) return undefined;
  return { descriptionStart, descriptionBytes, descriptionSha256: bytes.slice(24, 24 + SHA256_BYTES) };
}

/** The description, or undefined where the text is none or contradicts the number of pixel bytes before it. */
export function parseCacheDescription(text: string, pixelBytes: number): CacheDescription | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = cacheDescription.safeParse(json);
  if (!parsed.success) return undefined;
  const { length, shape, labels, classes } = parsed.data;
  if (length * shape[0] * shape[1] * shape[2] !== pixelBytes) return undefined;
  if ((labels === undefined) !== (classes === undefined)) return undefined;
  if (labels !== undefined && labels.length !== length) return undefined;
  return parsed.data;
}
