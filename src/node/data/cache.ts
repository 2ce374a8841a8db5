/**
 * The cache file of decoded images (its format: src/data/cacheFormat.ts), written beside its place and renamed.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { dirname, join } from "node:path";
import { sizeOf } from "../../batch.ts";
import {
  CACHE_PREAMBLE_BYTES,
  CACHE_VERSION,
  type CacheDescription,
  encodeCachePreamble,
  type ImageDataset,
  parseCacheDescription,
  parseCachePreamble,
  pixelDataset,
  readFromMemory,
} from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { fileError, makeFolder, temporaryBeside } from "../files.ts";

/** Sets up to this many bytes are kept in memory, larger ones are read image by image. */
const IN_MEMORY = 512 * 2 ** 20;
/** Decoded images are written in pieces of about this size. */
const PIECE = 4 * 2 ** 20;

/** Where caches lie: `DEBLEND_CACHE`, or `deblend` in the system's folder for caches. */
export function cacheFolder(): string {
  const { DEBLEND_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (DEBLEND_CACHE) return DEBLEND_CACHE;
  if (platform() === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, "deblend");
  if (platform() === "darwin") return join(homedir(), "Library", "Caches", "deblend");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "deblend");
}

/** The file for a key. */
export function cachePath(folder: string, key: string): string {
  const name = createHash("sha256").update(`${CACHE_VERSION} ${key}`).digest("hex").slice(0, 32);
  return join(folder, `${name}.images`);
}

export interface CachedImages {
  readonly dataset: ImageDataset;
  readonly description: CacheDescription;
  close(): void;
}

/**
 * Opens a cache file.
 *
 * @param inMemory sets of up to this many bytes are read whole and compared with their checksum
 * @returns undefined where it is missing, cut short, damaged or of another key: then it is to be made anew
 */
export async function openCache(
  path: string,
  key?: string,
  inMemory = IN_MEMORY,
): Promise<CachedImages | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const preamble = parseCachePreamble(await readAt(file, 0, CACHE_PREAMBLE_BYTES), size);
    if (preamble === undefined) return undefined;
    const text = await readAt(file, preamble.descriptionStart, preamble.descriptionBytes);
    if (!createHash("sha256").update(text).digest().equals(preamble.descriptionSha256)) return undefined;
    const pixelBytes = preamble.descriptionStart - CACHE_PREAMBLE_BYTES;
    const description = parseCacheDescription(text.toString("utf8"), pixelBytes);
    if (description === undefined || (key !== undefined && description.key !== key)) return undefined;
    const { length, shape, classes, labels } = description;
    const image = sizeOf(shape);
    if (pixelBytes <= inMemory) {
      const pixels = await readAt(file, CACHE_PREAMBLE_BYTES, pixelBytes);
      if (createHash("sha256").update(pixels).digest("hex") !== description.pixelsSha256) return undefined;
      const readBytes = readFromMemory(pixels, image);
      return {
        dataset: pixelDataset({ length, shape, readBytes, classes, labels }),
        description,
        close: () => {},
      };
    }
    const descriptor = openSync(path, "r");
    const readBytes = (index: number, out: Uint8Array) => {
      if (readSync(descriptor, out, 0, image, CACHE_PREAMBLE_BYTES + index * image) !== image) {
        throw new DeblendError(`The image cache ${path} was cut short while it was in use: start again.`);
      }
    };
    const dataset = pixelDataset({ length, shape, readBytes, classes, labels });
    return { dataset, description, close: () => closeSync(descriptor) };
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let from = 0;
  while (from < bytes) {
    const { bytesRead } = await file.read(buffer, from, bytes - from, start + from);
    if (bytesRead === 0) break;
    from += bytesRead;
  }
  return buffer.subarray(0, from);
}

/** What is known once all images are written. */
export type CacheContents = Omit<CacheDescription, "pixelsSha256">;

/**
 * Writes a cache file; a kill at any moment leaves none or the whole one.
 *
 * @param produce appends the images one after the other, [channels, height, width] each, then says what they are
 */
export async function writeCache(
  path: string,
  produce: (append: (pixels: Uint8Array) => Promise<void>) => Promise<CacheContents>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw fileError("write the image cache", path, thrown);
    }
  };
  await guarded(makeFolder(dirname(path)));
  const file = await guarded(open(temporary, "wx"));
  try {
    const sha = createHash("sha256");
    let position = CACHE_PREAMBLE_BYTES;
    let pieces: Uint8Array[] = [];
    let waiting = 0;
    const flush = async () => {
      const piece = Buffer.concat(pieces, waiting);
      pieces = [];
      waiting = 0;
      sha.update(piece);
      await guarded(writeAt(file, piece, position));
      position += piece.length;
    };
    const contents = await produce(async (pixels) => {
      pieces.push(pixels);
      waiting += pixels.length;
      if (waiting >= PIECE) await flush();
    });
    await flush();
    const text = Buffer.from(JSON.stringify({ ...contents, pixelsSha256: sha.digest("hex") }));
    await guarded(writeAt(file, text, position));
    await guarded(file.sync());
    const preamble = encodeCachePreamble({
      descriptionStart: position,
      descriptionBytes: text.length,
      descriptionSha256: createHash("sha256").update(text).digest(),
    });
    await guarded(writeAt(file, preamble, 0));
    await guarded(file.sync());
    await file.close();
    await guarded(rename(temporary, path));
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, from, bytes.length - from, position + from);
    from += bytesWritten;
  }
}
