/**
 * Pictures that need no files, painted once into the image cache: `builtin:cats`.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { drawCat, type ImageDataset, paintCat } from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { cacheFolder, cachePath, openCache, writeCache } from "./cache.ts";
import { type OpenedDataset, type OpenOptions, opened } from "./openImageDataset.ts";

/** What names a picture of a built-in set. */
interface Pictures {
  readonly count: number;
  /** Raised whenever the same seed and index would give other pixels. */
  readonly version: number;
  /** Bytes [channels, height, width] of one picture. */
  paint(index: number, seed: number, size: number): Uint8Array;
}

const SETS: Readonly<Record<string, Pictures>> = {
  cats: { count: 4096, version: 1, paint: (index, seed, size) => paintCat(drawCat(seed, index), size) },
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
  const { seed, signal, onProgress, cacheDirectory = cacheFolder() } = options;
  const key = JSON.stringify([`builtin:${name}`, set.version, seed, shape]);
  const file = cachePath(cacheDirectory, key);
  let cached = await openCache(file, key);
  if (cached === undefined) {
    await writeCache(file, async (append) => {
      let turn = performance.now();
      for (let index = 0; index < set.count; index++) {
        await append(set.paint(index, seed, shape[1]));
        if (performance.now() - turn < TURN) continue;
        if (signal?.aborted)
          throw new DeblendError("Stopped while the pictures were being painted; nothing was kept.");
        onProgress?.(index + 1, set.count);
        await nextTurn();
        turn = performance.now();
      }
      onProgress?.(set.count, set.count);
      return { key, shape, length: set.count, skipped: [], enlarged: 0, notes: [] };
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
