/**
 * Pictures that need no files, painted once into the image cache: `builtin:cats`, `builtin:streets`.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  CAT_CLASSES,
  catClass,
  drawCat,
  drawTown,
  type ImageDataset,
  paintCat,
  paintSatellite,
  paintStreetMap,
  toChannels,
} from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { cacheFolder, cachePath, openCache, writeCache } from "./cache.ts";
import { type Channels, channelCount } from "./decode.ts";
import { type OpenedDataset, type OpenOptions, opened } from "./openImageDataset.ts";

/** What names a picture of a built-in set. */
interface Pictures {
  readonly count: number;
  /** Raised whenever the same seed and index would give other pixels. */
  readonly version: number;
  /** Bytes [channels, height, width] of one picture. */
  paint(index: number, seed: number, size: number): Uint8Array;
  /** Names of classes, and the class of a picture. */
  readonly classes?: readonly string[];
  classOf?(index: number, seed: number): number;
  /** Bytes [3, height, width] of the picture that goes with it, in a set of pairs. */
  paintCondition?(index: number, seed: number, size: number): Uint8Array;
}

const SETS: Readonly<Record<string, Pictures>> = {
  cats: {
    ...{ count: 4096, version: 2, classes: CAT_CLASSES, classOf: (index, seed) => catClass(seed, index) },
    paint: (index, seed, size) => paintCat(drawCat(seed, index), size),
  },
  streets: {
    ...{ count: 2048, version: 1 },
    paint: (index, seed, size) => paintSatellite(drawTown(seed, index), size),
    paintCondition: (index, seed, size) => paintStreetMap(drawTown(seed, index), size),
  },
};

const SMALLEST = 8;
/** How long the thread may be kept from anything else, in milliseconds. */
const TURN = 20;

/** The name after `builtin:`, or undefined for a path. */
export function builtInName(data: string): string | undefined {
  return /^builtin:(.*)$/.exec(data)?.[1];
}

export type BuiltInOptions = Pick<
  OpenOptions,
  "size" | "channels" | "cacheDirectory" | "onProgress" | "signal"
> & {
  /** Another seed paints other pictures. */
  readonly seed: number;
  /** For pairs: channels of the picture that goes with each, which then follow its own. */
  readonly conditionChannels?: Channels | undefined;
};

/**
 * Opens a built-in set, painting it first where the cache does not hold it.
 *
 * @throws DeblendError for an unknown name, or a size or channels that the set is not painted in
 */
export async function openBuiltIn(name: string, options: BuiltInOptions): Promise<OpenedDataset> {
  const set = Object.hasOwn(SETS, name) ? SETS[name] : undefined;
  if (set === undefined) {
    throw new DeblendError(
      `The built-in set ${name} is unknown: choose ${Object.keys(SETS).join(", ")}, or give a path.`,
    );
  }
  const shape = paintedShape(name, options);
  const { conditionChannels } = options;
  const { paintCondition } = set;
  if (conditionChannels !== undefined) {
    if (paintCondition === undefined) {
      throw new DeblendError(
        `builtin:${name} has no pairs: for --task paired choose builtin:streets, or give a path.`,
      );
    }
    shape[0] += channelCount(conditionChannels);
  }
  const paint = (index: number) => {
    const picture = set.paint(index, seed, shape[1]);
    if (conditionChannels === undefined || paintCondition === undefined) return picture;
    const condition = toChannels(paintCondition(index, seed, shape[1]), 3, channelCount(conditionChannels));
    return Buffer.concat([picture, condition]);
  };
  const { seed, signal, onProgress, cacheDirectory = cacheFolder() } = options;
  const key = JSON.stringify([`builtin:${name}`, set.version, seed, shape]);
  const file = cachePath(cacheDirectory, key);
  let cached = await openCache(file, key);
  if (cached === undefined) {
    await writeCache(file, async (append) => {
      let turn = performance.now();
      for (let index = 0; index < set.count; index++) {
        await append(paint(index));
        if (performance.now() - turn < TURN) continue;
        if (signal?.aborted)
          throw new DeblendError("Stopped while the pictures were being painted; nothing was kept.");
        onProgress?.(index + 1, set.count);
        await nextTurn();
        turn = performance.now();
      }
      onProgress?.(set.count, set.count);
      const { classes, classOf } = set;
      const labels = Array.from({ length: set.count }, (_, index) => classOf?.(index, seed) ?? 0);
      return {
        ...{ key, shape, length: set.count, skipped: [], enlarged: 0, notes: [] },
        ...(classes && { classes: [...classes], labels }),
      };
    });
    cached = await openCache(file, key);
  }
  if (cached === undefined) {
    throw new DeblendError(
      `The image cache ${file} could not be read back after it was written: delete it and try again.`,
    );
  }
  return opened(cached, file);
}

function paintedShape(name: string, { size, channels }: BuiltInOptions): [number, number, number] {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  if (channels !== "rgb" || height !== width || height < SMALLEST) {
    throw new DeblendError(
      `builtin:${name} paints square RGB pictures of ${SMALLEST} pixels or more, but ${channels} at ${height}x${width} was asked for.`,
    );
  }
  return [3, height, width] satisfies [...ImageDataset["shape"]];
}
