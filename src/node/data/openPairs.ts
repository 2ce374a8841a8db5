/**
 * Opens a set of pairs: two folders with files of equal names, or images whose halves are a pair.
 *
 * A pair is cached as one picture of [target channels + condition channels, height, width], so that whatever is done to
 * pictures (crops, mirroring, holding out) is done to both alike.
 */
import { imageHeader } from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { type Append, appendDecoded, type DecodingJob } from "./appendDecoded.ts";
import type { CacheContents } from "./cache.ts";
import {
  type Channels,
  channelCount,
  createDecoder,
  type DecodedImage,
  type Decoder,
  decodeWhole,
} from "./decode.ts";
import {
  cachedDataset,
  DEFAULT_LIMIT,
  IMAGE,
  type OpenedDataset,
  type OpenOptions,
  openSource,
  sides,
} from "./openImageDataset.ts";
import { byPlainName } from "./plainNames.ts";
import type { FileSource } from "./source.ts";
import { findFolder } from "./within.ts";

export type Pairing =
  | { readonly conditionFrom: string; readonly targetFrom: string }
  /** Condition and target are the halves of one image, in this order. */
  | { readonly split: "left-right" | "right-left" };

export interface OpenPairsOptions extends OpenOptions {
  readonly pairing: Pairing;
  readonly conditionChannels: Channels;
}

/** Raised whenever the same files would give other pixels. */
const PAIRS = "pairs 2";

/** One pair: its name, and how it is read. */
interface Pair {
  readonly name: string;
  decode(): Promise<DecodedImage>;
}

/**
 * @returns pictures of target and condition together, target channels first
 * @throws DeblendError for a file without a partner or with two, partners of different sizes, or an image with no middle
 */
export async function openPairs(path: string, options: OpenPairsOptions): Promise<OpenedDataset> {
  const { channels, conditionChannels, pairing, limitPixels = DEFAULT_LIMIT } = options;
  const [height, width] = sides(options.size);
  const { source } = await openSource(path, options);
  const decoderFor = (kind: Channels) => createDecoder({ height, width, channels: kind, limitPixels });
  const decoders = { target: decoderFor(channels), condition: decoderFor(conditionChannels), limitPixels };
  const shape = [channelCount(channels) + channelCount(conditionChannels), height, width] as const;
  try {
    return await cachedDataset(
      source,
      { ...options, path, shape, keyed: [PAIRS, pairing, channels] },
      (append, job) => appendPairs(append, source, pairing, decoders, job),
    );
  } finally {
    await source.close();
  }
}

type Decoders = {
  readonly target: Decoder;
  readonly condition: Decoder;
  readonly limitPixels: number;
};

async function appendPairs(
  append: Append,
  source: FileSource,
  pairing: Pairing,
  decoders: Decoders,
  job: DecodingJob,
): Promise<Omit<CacheContents, "key" | "shape">> {
  const names = (await source.list()).filter((name) => IMAGE.test(name));
  const pairs =
    "split" in pairing
      ? names.map((name) => splitPair(source, name, pairing.split, decoders))
      : folderPairs(source, names, pairing, decoders, job.path);
  if (pairs.length === 0)
    throw new DeblendError(`${job.path} holds no image: give a folder or a zip with pairs of them.`);
  const byName = new Map(pairs.map((pair) => [pair.name, pair]));
  const decode = (name: string) => {
    const pair = byName.get(name);
    if (pair === undefined) throw new Error("there is no such pair");
    return pair.decode();
  };
  const { kept, skipped, enlarged } = await appendDecoded(append, [...byName.keys()], decode, job);
  const [first] = skipped;
  if (kept.length === 0) {
    throw new DeblendError(
      pairs.length === 1
        ? `The only pair in ${job.path} cannot be used, ${first?.name}: ${first?.reason}.`
        : `None of the ${pairs.length} pairs in ${job.path} can be used; the first is ${first?.name}: ${first?.reason}.`,
    );
  }
  const notes =
    enlarged > 0
      ? [`${enlarged} of ${kept.length} pairs are smaller than the size asked for and were enlarged.`]
      : [];
  return { length: kept.length, skipped, enlarged, notes };
}

/** Pairs from two folders. */
function folderPairs(
  source: FileSource,
  names: readonly string[],
  { conditionFrom, targetFrom }: Extract<Pairing, { conditionFrom: string }>,
  decoders: Decoders,
  path: string,
): Pair[] {
  const folders = {
    condition: findFolder(names, conditionFrom, path),
    target: findFolder(names, targetFrom, path),
  };
  if (folders.condition === folders.target) {
    throw new DeblendError(
      `The conditions and the targets of ${path} both come from ${folders.target}: name two folders.`,
    );
  }
  // Partners may be of different formats: what counts is the name without its ending.
  const listed = (folder: string) => {
    const inside = names.filter((name) => name.startsWith(`${folder}/`));
    const found = byPlainName(inside, path);
    return new Map([...found].map(([plain, name]) => [plain.slice(folder.length + 1), name]));
  };
  const [conditions, targets] = [listed(folders.condition), listed(folders.target)];
  const lonely = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>, folder: string) => {
    for (const [stem, name] of from) {
      if (!to.has(stem)) {
        throw new DeblendError(
          `${name} in ${path} has no partner in ${folder}: add it there under the same name, or remove it.`,
        );
      }
    }
  };
  lonely(targets, conditions, folders.condition);
  lonely(conditions, targets, folders.target);
  return [...targets].map(([stem, name]) => ({
    name,
    decode: async () => {
      const partner = conditions.get(stem) ?? name;
      const [target, condition] = [await source.read(name), await source.read(partner)];
      const [a, b] = [imageHeader(target), imageHeader(condition)];
      if (a && b && (a.width !== b.width || a.height !== b.height)) {
        throw new DeblendError(
          `${partner} is ${b.width}x${b.height}, but its partner ${name} is ${a.width}x${a.height} (width x height): bring both to one size.`,
        );
      }
      return together(await decoders.target.file(target), await decoders.condition.file(condition));
    },
  }));
}

/** A pair from the halves of one image. */
function splitPair(
  source: FileSource,
  name: string,
  order: "left-right" | "right-left",
  { target, condition, limitPixels }: Decoders,
): Pair {
  return {
    name,
    decode: async () => {
      const content = await source.read(name);
      const whole = await decodeWhole(content, { channels: "rgb", limitPixels });
      const { channels, width, height } = whole;
      if (width % 2 !== 0) {
        throw new DeblendError(
          `${name} is ${width} pixels wide, an odd number, so it has no two halves: crop it to ${width - 1} or do without --split.`,
        );
      }
      const half = (side: 0 | 1) => {
        const planes = new Uint8Array((channels * height * width) / 2);
        for (let row = 0; row < channels * height; row++) {
          const start = row * width + (side * width) / 2;
          planes.set(whole.planes.subarray(start, start + width / 2), (row * width) / 2);
        }
        return { planes, channels, height, width: width / 2 };
      };
      const [first, second] = [half(0), half(1)];
      const isLeftCondition = order === "left-right";
      return together(
        target.raw(isLeftCondition ? second : first),
        condition.raw(isLeftCondition ? first : second),
      );
    },
  };
}

function together(target: DecodedImage, condition: DecodedImage): DecodedImage {
  return {
    pixels: Buffer.concat([target.pixels, condition.pixels]),
    enlarged: target.enlarged || condition.enlarged,
  };
}
