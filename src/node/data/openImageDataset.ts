/**
 * Opens a set of images: a folder or zip of files, MNIST or CIFAR-10 files; decoded once, then read from the cache.
 */
import { open, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sizeOf } from "../../batch.ts";
import { counted } from "../../counted.ts";
import { classFolders, IDX_HEADER_BYTES, type ImageDataset, imageHeader, isIdx } from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { fileError } from "../files.ts";
import {
  type Append,
  appendDecoded,
  checkGoing,
  type DecodingJob,
  type Skipped,
  TURN,
  unusable,
} from "./appendDecoded.ts";
import {
  type CacheContents,
  type CachedImages,
  cacheFolder,
  cachePath,
  openCache,
  writeCache,
} from "./cache.ts";
import { type Channels, channelCount, createDecoder, type Decoder } from "./decode.ts";
import { isRawName, labelNames, type RawSet, readCifar, readIdx, readRawSet } from "./rawSets.ts";
import { type FileSource, filesSource, folderSource } from "./source.ts";
import { sourceWithin } from "./within.ts";
import { zipSource } from "./zipSource.ts";

export interface OpenOptions {
  /** In pixels; one number for a square. */
  readonly size: number | readonly [height: number, width: number];
  readonly channels: Channels;
  /** Only the images below this folder of the set. */
  readonly within?: string | undefined;
  /** A real path that nothing outside of is read: links that lead out of it are refused. */
  readonly below?: string | undefined;
  /** Fail at the first image that cannot be used, instead of skipping and reporting it. */
  readonly strict?: boolean;
  /** Images of more pixels are refused before they are decoded: 100 million by default. */
  readonly limitPixels?: number;
  /** Where decoded images are kept; by default `DEBLEND_CACHE`, or `deblend` in the system's folder for caches. */
  readonly cacheDirectory?: string | undefined;
  /** Told how many of the images are decoded, where they are not in the cache yet. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What there is to say about a set besides its images. */
export interface DataReport {
  /** Images that could not be used, by name. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** How many images were smaller than asked for. */
  readonly enlarged: number;
  /** Sentences for the person who opens the set. */
  readonly notes: readonly string[];
}

export interface OpenedDataset extends ImageDataset {
  readonly report: DataReport;
  /** The cache file, for workers to open on their own. */
  readonly cacheFile: string;
  close(): void;
}

export const DEFAULT_LIMIT = 100_000_000;
const LARGEST_SIDE = 8192;
export const IMAGE = /\.(png|jpe?g|webp)$/i;
/** Pictures of formats that sets are not made of, some of which can be decoded all the same. */
export const OTHER_IMAGE = /\.(gif|bmp|tiff?|avif|heic|heif|jxl|svg|psd|ico|tga)$/i;

/**
 * Opens a folder or a zip of PNG, JPEG and WebP images (with or without class folders), one such image, MNIST IDX files
 * or CIFAR-10 batches in the binary version; images are turned upright, flattened on white, resized and cropped.
 *
 * @throws DeblendError for a path that holds no usable image
 */
export async function openImageDataset(path: string, options: OpenOptions): Promise<OpenedDataset> {
  const { channels, limitPixels = DEFAULT_LIMIT } = options;
  const shape = [channelCount(channels), ...sides(options.size)] as const;
  const { source, raw } = await openSource(path, options);
  const decoder = createDecoder({ height: shape[1], width: shape[2], channels, limitPixels });
  try {
    return await cachedDataset(source, { ...options, path, shape }, async (append, job) => {
      const set = await raw();
      const whole = { ...job, source, decoder };
      return set ? appendRaw(append, set, whole) : appendFiles(append, whole);
    });
  } finally {
    await source.close();
  }
}

export interface CachedOptions extends OpenOptions {
  readonly path: string;
  /** Of one picture in the cache. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** What the pixels depend on besides the files, the shape and the limit. */
  readonly keyed?: readonly unknown[];
}

/** The dataset from the cache, which `produce` fills where it does not hold the set yet. */
export async function cachedDataset(
  source: FileSource,
  { path, shape, keyed = [], ...options }: CachedOptions,
  produce: (append: Append, job: DecodingJob) => Promise<Contents>,
): Promise<OpenedDataset> {
  const { strict = false, limitPixels = DEFAULT_LIMIT, cacheDirectory = cacheFolder() } = options;
  const key = JSON.stringify([source.fingerprint, shape, limitPixels, ...keyed]);
  const file = cachePath(cacheDirectory, key);
  let cached = await openCache(file, key);
  if (cached === undefined) {
    const job = { path, strict, onProgress: options.onProgress, signal: options.signal };
    await writeCache(file, async (append) => ({ ...(await produce(append, job)), key, shape: [...shape] }));
    cached = await openCache(file, key);
  }
  if (cached === undefined) {
    throw new DeblendError(
      `The image cache ${file} could not be read back after it was written: delete it and try again.`,
    );
  }
  const [first] = cached.description.skipped;
  if (strict && first) {
    cached.close();
    throw unusable(path, first);
  }
  return opened(cached, file);
}

/** A cache file as a dataset. */
export function opened({ dataset, description, close }: CachedImages, cacheFile: string): OpenedDataset {
  const { skipped, enlarged, notes } = description;
  return { ...dataset, report: { skipped, enlarged, notes }, cacheFile, close };
}

/** Height and width, checked. */
export function sides(size: OpenOptions["size"]): readonly [height: number, width: number] {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST_SIDE) {
      throw new DeblendError(
        `The size of images is a whole number of pixels from 1 to ${LARGEST_SIDE}, but got ${side}.`,
      );
    }
  }
  return [height, width];
}

interface Opened {
  readonly source: FileSource;
  /** Reads the set, where it comes as bytes. */
  raw(): Promise<RawSet | undefined>;
}

/** The files that a path names; with `within`, those of one folder. */
export async function openSource(
  path: string,
  { within, below }: Pick<OpenOptions, "within" | "below"> = {},
): Promise<Opened> {
  const opened = await openWhole(path, below);
  if (within === undefined) return opened;
  try {
    const source = await sourceWithin(opened.source, within, path);
    return { source, raw: () => readRawSet(source) };
  } catch (thrown) {
    await opened.source.close();
    throw thrown;
  }
}

async function openWhole(path: string, below: string | undefined): Promise<Opened> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError("open the images", path, thrown);
  });
  if (found.isDirectory()) {
    const source = await folderSource(path, below);
    return { source, raw: () => readRawSet(source) };
  }
  // Whatever it is, it is refused before it is opened where it may not be read.
  filesSource(dirname(path), [basename(path)], below);
  const start = await firstBytes(path);
  if (isZip(path, start)) {
    return { source: await zipSource(path), raw: async () => undefined };
  }
  const name = basename(path);
  const beside = (names: readonly string[]) => filesSource(dirname(path), names, below);
  if (imageHeader(start) || IMAGE.test(name)) return { source: beside([name]), raw: async () => undefined };
  const isZipped = start[0] === 0x1f && start[1] === 0x8b;
  if (isIdx(start) || (isRawName(name) && (isZipped || !name.endsWith(".bin")))) {
    const labels: string[] = [];
    for (const other of labelNames(name)) if (await exists(`${dirname(path)}/${other}`)) labels.push(other);
    const source = beside([name, ...labels]);
    return { source, raw: () => readIdx(source, name, []) };
  }
  if (isRawName(name)) {
    const source = beside([name]);
    return { source, raw: () => readCifar(source, [name], []) };
  }
  throw new DeblendError(
    `${path} is not a set of images: give a folder, a zip, an image (PNG, JPEG, WebP), an MNIST images-idx3-ubyte file or a CIFAR-10 .bin file.`,
  );
}

/** Whether a file is a zip, by its name or its first bytes. */
export const isZip = (path: string, start: Uint8Array) =>
  /\.zip$/i.test(path) || (start[0] === 0x50 && start[1] === 0x4b);

/** Enough to tell what a file is; the size of a JPEG may lie deeper, its name then tells. */
export async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(Math.max(64, IDX_HEADER_BYTES));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
}

const exists = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

interface Job extends DecodingJob {
  readonly source: FileSource;
  readonly decoder: Decoder;
}

type Contents = Omit<CacheContents, "key" | "shape">;

/** Image files, with the classes that their folders make. */
async function appendFiles(append: Append, job: Job): Promise<Contents> {
  const { path, source, decoder, strict } = job;
  const files = await source.list();
  const names = files.filter((name) => IMAGE.test(name));
  const skipped: Skipped[] = files
    .filter((name) => OTHER_IMAGE.test(name))
    .map((name) => ({ name, reason: "its format is not supported, convert it to PNG, JPEG or WebP" }));
  if (strict && skipped[0]) throw unusable(path, skipped[0]);
  if (names.length === 0) {
    throw new DeblendError(
      skipped[0]
        ? `${path} holds no PNG, JPEG or WebP image, only others such as ${skipped[0].name}: convert them first.`
        : `${path} holds no image: give a folder or a zip with PNG, JPEG or WebP files.`,
    );
  }
  const decode = async (name: string) => decoder.file(await source.read(name));
  const { kept, enlarged, ...found } = await appendDecoded(append, names, decode, job);
  skipped.push(...found.skipped);
  const [first] = skipped;
  if (kept.length === 0) {
    if (first !== undefined && skipped.length === 1) throw unusable(path, first);
    throw new DeblendError(
      `None of the ${names.length} images in ${path} can be used; the first is ${first?.name}: ${first?.reason}.`,
    );
  }
  const { classes, labels, splits } = classFolders(kept);
  const notes: string[] = [];
  if (splits.length > 0) notes.push(`The images of ${splits.join(", ")} are taken together.`);
  return {
    length: kept.length,
    skipped,
    enlarged,
    notes: [...notes, ...notesOn(kept.length, enlarged)],
    ...(classes && labels && { classes: [...classes], labels: [...labels] }),
  };
}

/** Images that come as bytes, resized where they have another size or number of channels. */
async function appendRaw(append: Append, raw: RawSet, job: Job): Promise<Contents> {
  const [channels, height, width] = raw.shape;
  const size = sizeOf(raw.shape);
  const length = raw.pixels.length / size;
  let enlarged = 0;
  let turn = performance.now();
  for (let i = 0; i < length; i++) {
    const planes = raw.pixels.subarray(i * size, (i + 1) * size);
    const image = job.decoder.raw({ planes, channels, height, width });
    if (image.enlarged) enlarged += 1;
    await append(image.pixels);
    if (performance.now() - turn > TURN) {
      checkGoing(job);
      job.onProgress?.(i + 1, length);
      await nextTurn();
      turn = performance.now();
    }
  }
  job.onProgress?.(length, length);
  return {
    length,
    skipped: [],
    enlarged,
    notes: [...raw.notes, ...notesOn(length, enlarged)],
    ...(raw.classes && raw.labels && { classes: [...raw.classes], labels: [...raw.labels] }),
  };
}

function notesOn(length: number, enlarged: number): string[] {
  const notes: string[] = [];
  if (length === 1) notes.push("There is one image only: a network trained on it learns to draw that image.");
  if (enlarged > 0)
    notes.push(
      `${enlarged} of ${counted(length, "image")} ${enlarged === 1 ? "is" : "are"} smaller than the size asked for and ${enlarged === 1 ? "was" : "were"} enlarged.`,
    );
  return notes;
}
