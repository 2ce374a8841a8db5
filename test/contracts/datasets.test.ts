/**
 * The contract of every kind of dataset: right shape and range, the same each time, from the cache as from the files;
 * and one clear sentence for everything that cannot be one. All pictures are drawn here.
 */
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { createCatDataset, type ImageDataset } from "../../src/data/index.ts";
import { DeblendError } from "../../src/errors.ts";
import { openBuiltIn } from "../../src/node/data/builtIn.ts";
import { openCache } from "../../src/node/data/cache.ts";
import { type OpenOptions, openImageDataset } from "../../src/node/data/openImageDataset.ts";

let root = "";
let cacheDirectory = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "deblend-data-"));
  cacheDirectory = join(root, "cache");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const picture = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

/** Six pictures of three formats and many sizes, in two classes. */
async function drawn(): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([
    ["set/reds/1.png", await picture(8, 8, "#ff0000").png().toBuffer()],
    ["set/reds/2.jpg", await picture(40, 20, "#ff0000").jpeg().toBuffer()],
    ["set/reds/deep/3.webp", await picture(20, 30, "#ff0000").webp({ lossless: true }).toBuffer()],
    ["set/blues/1.png", await picture(8, 8, "#0000ff").png({ palette: true }).toBuffer()],
    ["set/blues/2.jpeg", await picture(300, 200, "#0000ff").jpeg().toBuffer()],
    ["set/blues/clear.png", await picture(9, 7, "#0000ff").ensureAlpha(0).png().toBuffer()],
    ["set/notes.txt", Buffer.from("not a picture")],
    ["__MACOSX/set/._1.png", Buffer.from("nor this")],
  ]);
}

function folder(name: string, files: ReadonlyMap<string, Uint8Array>): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of files) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

async function zip(name: string, files: ReadonlyMap<string, Buffer>, compress: boolean): Promise<string> {
  const out = new ZipFile();
  for (const [file, content] of files) out.addBuffer(content, file, { compress });
  out.end();
  await pipeline(out.outputStream, createWriteStream(join(root, name)));
  return join(root, name);
}

function idx(sizes: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, data]);
}

const ramp = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) % 256);

interface Kind {
  readonly length: number;
  readonly classes?: readonly string[];
  open(name: string): Promise<string>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "a folder": { length: 6, classes: ["blues", "reds"], open: async (name) => folder(name, await drawn()) },
  "a stored zip": {
    length: 6,
    classes: ["blues", "reds"],
    open: async (name) => zip(`${name}.zip`, await drawn(), false),
  },
  "a deflated zip": {
    length: 6,
    classes: ["blues", "reds"],
    open: async (name) => zip(`${name}.zip`, await drawn(), true),
  },
  "one picture": {
    length: 1,
    open: async (name) =>
      join(folder(name, new Map([["a.png", await picture(9, 9, "#123456").png().toBuffer()]])), "a.png"),
  },
  "a folder of MNIST files": {
    length: 3,
    classes: ["0", "1", "2"],
    open: async (name) =>
      folder(
        name,
        new Map([
          ["train-images-idx3-ubyte.gz", gzipSync(idx([3, 5, 6], ramp(90)))],
          ["train-labels-idx1-ubyte", idx([3], Uint8Array.of(2, 0, 1))],
          ["t10k-images-idx3-ubyte", idx([1, 5, 6], ramp(30))],
        ]),
      ),
  },
  "an MNIST file": {
    length: 2,
    open: async (name) =>
      join(folder(name, new Map([["images-idx3-ubyte", idx([2, 4, 4], ramp(32))]])), "images-idx3-ubyte"),
  },
  "CIFAR-10 batches": {
    length: 3,
    open: async (name) => {
      const records = (labels: readonly number[]) =>
        Buffer.concat(labels.map((label) => Buffer.from([label, ...ramp(3072)])));
      return folder(
        name,
        new Map([
          ["data_batch_1.bin", records([1, 9])],
          ["data_batch_2.bin", records([0])],
          ["test_batch.bin", records([5])],
        ]),
      );
    },
  },
};

const open = (path: string, options: Partial<OpenOptions> = {}) =>
  openImageDataset(path, { size: 16, channels: "rgb", cacheDirectory, ...options });

function readOne(dataset: ImageDataset, index: number): Float32Array {
  const out = new Float32Array(dataset.shape.reduce((a, b) => a * b, 1));
  dataset.read(index, out);
  return out;
}

const readAll = (dataset: ImageDataset): Float32Array[] =>
  Array.from({ length: dataset.length }, (_, i) => readOne(dataset, i));

describe.each(Object.entries(KINDS))("%s", (name, kind) => {
  it.each([
    { size: 16, channels: "rgb", shape: [3, 16, 16] },
    { size: [6, 10], channels: "gray", shape: [1, 6, 10] },
  ] as const)("$channels at $size: shape, range, determinism, cache", async ({ size, channels, shape }) => {
    const path = await kind.open(`${name} ${shape.join("x")}`.replaceAll(" ", "-"));
    let decoded = 0;
    const onProgress = () => {
      decoded += 1;
    };
    const first = await open(path, { size, channels, onProgress });
    expect(decoded).toBeGreaterThan(0);
    expect(first.shape).toEqual(shape);
    expect(first.length).toBe(kind.length);
    expect(first.report.skipped).toEqual([]);
    if (kind.classes) expect(first.classes).toEqual(kind.classes);
    const images = readAll(first);
    for (const image of images) {
      expect(Math.min(...image)).toBeGreaterThanOrEqual(-1);
      expect(Math.max(...image)).toBeLessThanOrEqual(1);
    }
    expect(readAll(first)).toEqual(images);

    decoded = 0;
    const second = await open(path, { size, channels, onProgress });
    expect(decoded).toBe(0);
    expect(readAll(second)).toEqual(images);
    expect(second.report).toEqual(first.report);
    expect(second.classes).toEqual(first.classes);
    if (first.classes) {
      for (let i = 0; i < first.length; i++) expect(second.label?.(i)).toBe(first.label?.(i));
    }
    expect(() => first.read(first.length, new Float32Array(1))).toThrow(DeblendError);
    expect(() => first.read(0, new Float32Array(1))).toThrow(DeblendError);
    first.close();
    second.close();
  });
});

it("built-in cats keep the contract", () => {
  const cats = createCatDataset({ size: 16, count: 3 });
  expect(readAll(cats)).toEqual(readAll(cats));
  expect(() => cats.read(3, new Float32Array(768))).toThrow(DeblendError);
});

describe("builtin:cats", () => {
  const options = { size: 16, channels: "rgb", seed: 1 } as const;

  it("shape, range, determinism, cache", async () => {
    let painted = 0;
    const onProgress = () => {
      painted += 1;
    };
    const directory = join(root, "painted");
    const first = await openBuiltIn("cats", { ...options, cacheDirectory: directory, onProgress });
    expect(painted).toBeGreaterThan(0);
    expect(first.shape).toEqual([3, 16, 16]);
    expect(first.length).toBe(4096);
    expect(first.report).toEqual({ skipped: [], enlarged: 0, notes: [] });
    const images = [0, 1, 4095].map((i) => readOne(first, i));
    for (const image of images) {
      expect(Math.min(...image)).toBeGreaterThanOrEqual(-1);
      expect(Math.max(...image)).toBeLessThanOrEqual(1);
    }
    expect(images[0]).not.toEqual(images[1]);
    // What is painted is what the dataset in memory draws.
    expect(images[1]).toEqual(readOne(createCatDataset({ size: 16, count: 2, seed: 1 }), 1));

    painted = 0;
    const second = await openBuiltIn("cats", { ...options, cacheDirectory: directory, onProgress });
    expect(painted).toBe(0);
    expect(second.cacheFile).toBe(first.cacheFile);
    expect([0, 1, 4095].map((i) => readOne(second, i))).toEqual(images);
    expect(() => first.read(4096, new Float32Array(768))).toThrow(DeblendError);
    expect(() => first.read(0, new Float32Array(1))).toThrow(DeblendError);

    const other = await openBuiltIn("cats", { ...options, seed: 2, cacheDirectory: directory });
    expect(readOne(other, 0)).not.toEqual(images[0]);
    const elsewhere = await openBuiltIn("cats", { ...options, cacheDirectory: join(root, "elsewhere") });
    expect([0, 1, 4095].map((i) => readOne(elsewhere, i))).toEqual(images);
    for (const dataset of [first, second, other, elsewhere]) dataset.close();
  });

  it.each([
    ["dogs", {}, "The built-in set dogs is unknown: choose cats"],
    ["constructor", {}, "The built-in set constructor is unknown"],
    ["", {}, "is unknown"],
    ["cats", { channels: "gray" }, "paints square RGB pictures"],
    ["cats", { size: [16, 32] }, "paints square RGB pictures"],
    ["cats", { size: 4 }, "8 pixels or more, but rgb at 4x4"],
  ] as const)("%j with %j is one sentence", async (name, change, sentence) => {
    const failure: unknown = await openBuiltIn(name, { ...options, ...change, cacheDirectory }).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(DeblendError);
    expect((failure as DeblendError).message).toContain(sentence);
  });

  it("keeps nothing of a painting that was stopped, or could not be written", async () => {
    const directory = join(root, "stopped-painting");
    const signal = AbortSignal.abort();
    const stopped = openBuiltIn("cats", { ...options, size: 64, cacheDirectory: directory, signal });
    await expect(stopped).rejects.toThrow(/Stopped while the pictures were being painted/);
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(join(root, "no-folder"), "");
    const unwritable = openBuiltIn("cats", { ...options, cacheDirectory: join(root, "no-folder", "cache") });
    await expect(unwritable).rejects.toThrow(/Could not write the image cache .*no-folder/);
  });
});

describe("a set larger than the memory it is given", () => {
  const opened = async (name: string) => {
    const data = await open(folder(name, await drawn()), { cacheDirectory: join(root, `${name}-cache`) });
    const file = data.cacheFile;
    data.close();
    return { file, bytes: data.length * 3 * 16 * 16 };
  };

  it("is read image by image, the same in any order, and closed", async () => {
    const { file, bytes } = await opened("large");
    const [whole, pieces] = [await openCache(file), await openCache(file, undefined, bytes - 1)];
    if (whole === undefined || pieces === undefined) throw new Error("The cache should open.");
    expect(readAll(pieces.dataset)).toEqual(readAll(whole.dataset));
    expect(readOne(pieces.dataset, 5)).toEqual(readOne(whole.dataset, 5));
    expect(readOne(pieces.dataset, 0)).toEqual(readOne(whole.dataset, 0));
    expect(pieces.description).toEqual(whole.description);
    expect(pieces.dataset.label?.(5)).toBe(whole.dataset.label?.(5));
    expect(() => pieces.dataset.read(6, new Float32Array(768))).toThrow(DeblendError);
    // The one in memory needs its file no more, the other one does.
    truncateSync(file, 100);
    expect(() => readOne(whole.dataset, 5)).not.toThrow();
    expect(() => readOne(pieces.dataset, 5)).toThrow(/was cut short while it was in use: start again\.$/);
    pieces.close();
    whole.close();
  });

  it("is not opened where it is cut short or of another key", async () => {
    const { file } = await opened("large-cut");
    expect(await openCache(file, "another key", 0)).toBeUndefined();
    truncateSync(file, 1000);
    expect(await openCache(file, undefined, 0)).toBeUndefined();
  });
});

describe("pictures", () => {
  it("keep their colours: transparency on white, classes by folder, upright", async () => {
    const files = new Map(await drawn());
    const half = Buffer.alloc(20 * 10 * 3);
    for (let i = 0; i < 200; i++) half[3 * i] = i % 20 < 10 ? 255 : 0;
    const sideways = sharp(half, { raw: { width: 20, height: 10, channels: 3 } });
    files.set("set/blues/turned.jpg", await sideways.withMetadata({ orientation: 6 }).jpeg().toBuffer());
    const data = await open(folder("colours", files), { size: 8 });
    const images = readAll(data);
    const mean = (image: Float32Array | undefined, channel: number, from = 0, to = 64) =>
      Array.from(image?.slice(64 * channel + from, 64 * channel + to) ?? []).reduce((a, b) => a + b, 0) /
      (to - from);
    // Sorted by name: blues/1.png, 2.jpeg, clear.png, turned.jpg, then the reds.
    expect([mean(images[0], 0), mean(images[0], 2)]).toEqual([-1, 1]);
    expect(mean(images[1], 2)).toBeGreaterThan(0.97);
    expect(mean(images[2], 0)).toBe(1);
    expect(mean(images[3], 0, 0, 16)).toBeGreaterThan(0.9);
    expect(mean(images[3], 0, 48, 64)).toBeLessThan(-0.9);
    expect(mean(images[4], 0)).toBe(1);
    data.close();
  });

  it("are reported by name and skipped, or fail the opening where asked", async () => {
    const files = new Map(await drawn());
    const whole = files.get("set/blues/2.jpeg") ?? Buffer.alloc(0);
    files.set("set/cut.jpg", whole.subarray(0, -60));
    files.set("set/empty.png", Buffer.alloc(0));
    files.set("set/text.png", Buffer.from("this is text, not a picture"));
    files.set("set/moving.gif", Buffer.from("GIF89a"));
    const broken = await picture(30, 30, "#00ff00").png().toBuffer();
    broken.fill(0x55, 45, 60);
    files.set("set/broken.png", broken);
    files.set("set/huge.png", bomb());
    const path = folder("broken", files);
    const data = await open(path);
    const reasons = new Map(data.report.skipped.map(({ name, reason }) => [name, reason]));
    expect([...reasons.keys()].sort()).toEqual(
      ["broken.png", "cut.jpg", "empty.png", "huge.png", "moving.gif", "text.png"].map(
        (name) => `set/${name}`,
      ),
    );
    expect(data.length).toBe(6);
    expect(reasons.get("set/huge.png")).toContain("60000 x 60000 pixels, more than the limit of 100000000");
    expect(reasons.get("set/moving.gif")).toContain("convert it");
    data.close();
    // From the cache and from the files alike.
    await expect(open(path, { strict: true })).rejects.toThrow(/The image set\/\S+ in .* cannot be used: /);
    await expect(open(path, { strict: true, size: 17 })).rejects.toThrow(
      /The image set\/\S+ in .* cannot be used: /,
    );
  });

  it("that are small are enlarged, and one alone is allowed, both with a note", async () => {
    const path = folder("single", new Map([["a.png", await picture(4, 4, "#aabbcc").png().toBuffer()]]));
    const data = await open(path);
    expect(data.report.enlarged).toBe(1);
    expect(data.report.notes.join(" ")).toMatch(
      /one image only.*1 of 1 image is smaller than the size asked for and was enlarged/,
    );
    data.close();
  });
});

describe("the cache", () => {
  it.each(["cut short", "damaged"])("is made anew where it is %s", async (how) => {
    const path = folder(
      `cache-${how}`,
      new Map([["a.png", await picture(20, 20, "#336699").png().toBuffer()]]),
    );
    const own = join(root, `cache ${how}`);
    const first = await open(path, { cacheDirectory: own });
    const images = readAll(first);
    if (how === "cut short") truncateSync(first.cacheFile, 100);
    else writeFileSync(first.cacheFile, Buffer.alloc(64), { flag: "r+" });
    const second = await open(path, { cacheDirectory: own });
    expect(readAll(second)).toEqual(images);
    expect(readdirSync(own)).toHaveLength(1);
  });

  it("follows the files", async () => {
    const files = new Map([["a.png", await picture(20, 20, "#000000").png().toBuffer()]]);
    const path = folder("changing", files);
    expect((await open(path)).length).toBe(1);
    files.set("b.png", await picture(20, 20, "#ffffff").png().toBuffer());
    folder("changing", files);
    expect((await open(path)).length).toBe(2);
  });

  it("says where it cannot be written", async () => {
    const path = folder(
      "unwritable",
      new Map([["a.png", await picture(20, 20, "#000000").png().toBuffer()]]),
    );
    writeFileSync(join(root, "a-file"), "");
    await expect(open(path, { cacheDirectory: join(root, "a-file", "cache") })).rejects.toThrow(
      /Could not write the image cache/,
    );
  });

  it("keeps nothing of an opening that was stopped", async () => {
    const path = folder("stopped", await drawn());
    const own = join(root, "stopped-cache");
    const signal = AbortSignal.abort();
    // A small set is decoded before the first look at the signal; either way no half file stays.
    await open(path, { cacheDirectory: own, signal }).catch((thrown) =>
      expect(thrown).toBeInstanceOf(DeblendError),
    );
    expect(readdirSync(own).filter((name) => !name.endsWith(".images"))).toEqual([]);
  });
});

describe("bad input is one sentence", () => {
  const bad: Readonly<
    Record<string, { make: () => Promise<string> | string; says: RegExp; options?: Partial<OpenOptions> }>
  > = {
    "a missing path": { make: () => join(root, "nowhere"), says: /no such file or folder/ },
    "an empty folder": { make: () => folder("nothing", new Map()), says: /holds no image/ },
    "a folder without images": {
      make: () => folder("texts", new Map([["a.txt", Buffer.from("a")]])),
      says: /holds no image: give a folder or a zip/,
    },
    "only other formats": {
      make: () => folder("gifs", new Map([["a.gif", Buffer.from("a")]])),
      says: /only others such as a\.gif: convert them/,
    },
    "only broken images": {
      make: () => folder("all-broken", new Map([["a.png", Buffer.from("a")]])),
      says: /The image a\.png in .* cannot be used: /,
    },
    "an unsupported file": {
      make: () => join(folder("tar", new Map([["a.tar", Buffer.alloc(600)]])), "a.tar"),
      says: /is not a set of images: give a folder, a zip/,
    },
    "not a zip": {
      make: () => join(folder("notzip", new Map([["a.zip", Buffer.alloc(600, 1)]])), "a.zip"),
      says: /is not a zip file that can be read/,
    },
    "an encrypted zip": {
      make: () =>
        patchedZip("encrypted.zip", "a.png", (bytes, list) => {
          bytes.writeUInt16LE(1, list + 8);
          // Encrypting puts 12 bytes before the content.
          bytes.writeUInt32LE(bytes.readUInt32LE(list + 20) + 12, list + 20);
        }),
      says: /is encrypted \(a\.png\): unpack it/,
    },
    "a zip with names that lead out": {
      make: () => patchedZip("unsafe.zip", "aa/a.png", (bytes, list) => bytes.write("../a.png", list + 46)),
      says: /name leads out of it \("\.\.\/a\.png"\)/,
    },
    "a zip with a wrong checksum": {
      make: () => patchedZip("checksum.zip", "a.png", (bytes, list) => bytes.writeUInt32LE(1, list + 16)),
      says: /a\.png in .* cannot be used: it is damaged, its checksum/,
    },
    "a cut CIFAR-10 batch": {
      make: () => folder("cifar-cut", new Map([["data_batch_1.bin", Buffer.alloc(4000)]])),
      says: /multiple of 3073 bytes, but is 4000/,
    },
    "a cut MNIST file": {
      make: () => folder("idx-cut", new Map([["train-images-idx3-ubyte", idx([9, 9, 9], ramp(5))]])),
      says: /should hold 9 x 9 x 9 = 729 bytes of data, but holds 5/,
    },
    "labels given as images": {
      make: () => join(folder("labels", new Map([["l-idx1-ubyte", idx([2], ramp(2))]])), "l-idx1-ubyte"),
      says: /holds labels, not images/,
    },
    "a broken gzip": {
      make: () => folder("gz", new Map([["train-images-idx3-ubyte.gz", Buffer.from([0x1f, 0x8b, 1, 2])]])),
      says: /gzip file that does not unpack/,
    },
    "a size of nothing": {
      make: () => root,
      says: /whole number of pixels from 1 to 8192, but got 0/,
      options: { size: 0 },
    },
  };
  it.each(Object.entries(bad))("%s", async (_, { make, says, options }) => {
    const failure: unknown = await open(await make(), options).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(DeblendError);
    expect((failure as DeblendError).message).toMatch(says);
    expect((failure as DeblendError).message).not.toContain("\n");
  });
});

/** A PNG of a few bytes that claims 60,000 by 60,000 pixels. */
function bomb(): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  bytes.write("IHDR", 12);
  bytes.writeUInt32BE(60000, 16);
  bytes.writeUInt32BE(60000, 20);
  bytes.set([8, 2, 0, 0, 0], 24);
  return bytes;
}

/** A zip of one picture, changed in its list of files. */
async function patchedZip(
  name: string,
  file: string,
  patch: (bytes: Buffer, list: number) => void,
): Promise<string> {
  const path = await zip(name, new Map([[file, await picture(8, 8, "#010203").png().toBuffer()]]), false);
  const bytes = readFileSync(path);
  patch(bytes, bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])));
  writeFileSync(path, bytes);
  return path;
}
