/**
 * The contract of sets of pairs: partners lie together whatever their format, and what is no pair is one sentence that
 * names the file. All pictures are drawn here.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { DeblendError } from "../../src/errors.ts";
import { type OpenPairsOptions, openImageDataset, openPairs } from "../../src/node/data/index.ts";

const root = mkdtempSync(join(tmpdir(), "deblend-pairs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const picture = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });
const png = (width: number, height: number, colour: string) =>
  picture(width, height, colour).png().toBuffer();

function folder(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, file)), { recursive: true });
    writeFileSync(join(root, name, file), content);
  }
  return join(root, name);
}

const pairing = { conditionFrom: "map", targetFrom: "sat" };
const open = (path: string, more: Partial<OpenPairsOptions> = {}) =>
  openPairs(path, {
    ...{ size: 4, channels: "rgb", conditionChannels: "gray", pairing, cacheDirectory: join(root, "cache") },
    ...more,
  });

const read = async (path: string, more: Partial<OpenPairsOptions> = {}) => {
  const set = await open(path, more);
  const pictures = Array.from({ length: set.length }, (_, i) => {
    const out = new Float32Array(set.shape[0] * 16);
    set.read(i, out);
    return [0, 16, 32, 48, 64, 80]
      .filter((at) => at < out.length)
      .map((at) => Math.round((out[at] ?? 0) * 100) / 100);
  });
  set.close();
  return { shape: set.shape, pictures };
};

const good = async () => ({
  "deep/map/1.png": await png(8, 6, "#000000"),
  "deep/map/2.png": await png(4, 4, "#ffffff"),
  "deep/sat/1.jpg": await picture(8, 6, "#ff0000").jpeg({ quality: 100 }).toBuffer(),
  "deep/sat/2.png": await png(4, 4, "#0000ff"),
  "deep/notes.txt": Buffer.from("not a picture"),
});

it("opens two folders, from a folder and from a zip, target channels first", async () => {
  const files = await good();
  const path = folder("good", files);
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(content, name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(root, "good.zip")));
  for (const place of [path, join(root, "good.zip")]) {
    const { shape, pictures } = await read(place);
    expect(shape).toEqual([4, 4, 4]);
    expect(pictures[1]).toEqual([-1, -1, 1, 1]);
    const [red = 0, green = 0, , gray] = pictures[0] ?? [];
    expect(red).toBeGreaterThan(0.95);
    expect(green).toBeLessThan(-0.95);
    expect(gray).toBe(-1);
  }
});

it("opens side-by-side images in both orders, colour or gray", async () => {
  const both = await sharp(await png(8, 4, "#ff0000"))
    .composite([{ input: await png(4, 4, "#0000ff"), left: 4, top: 0 }])
    .png()
    .toBuffer();
  const path = folder("split", { "a.png": both });
  const halves = async (split: "left-right" | "right-left") =>
    (await read(path, { pairing: { split }, conditionChannels: "rgb" })).pictures[0];
  expect(await halves("left-right")).toEqual([-1, -1, 1, 1, -1, -1]);
  expect(await halves("right-left")).toEqual([1, -1, -1, -1, -1, 1]);
});

/** A picture as a camera stores it that was held on its side. */
const onItsSide = async (upright: Buffer) =>
  sharp(await sharp(upright).rotate(-90).toBuffer())
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .toBuffer();

it("turns pictures upright before their sizes count: side by side", async () => {
  // The left edge is the first to be lost where a picture is cut to the shape that it has as stored.
  const both = await sharp(await png(8, 4, "#0000ff"))
    .composite([{ input: await png(2, 4, "#ff0000"), left: 0, top: 0 }])
    .png()
    .toBuffer();
  const path = folder("turned", { "a.jpg": await onItsSide(both) });
  const { pictures } = await read(path, { pairing: { split: "left-right" }, conditionChannels: "rgb" });
  const found = pictures[0] ?? [];
  expect(found).toHaveLength(6);
  for (const [i, value] of [-1, -1, 1, 1, -1, -1].entries()) {
    expect(Math.abs((found[i] ?? 0) - value)).toBeLessThan(0.1);
  }
});

it("turns pictures upright before their sizes count: in two folders", async () => {
  const good = folder("turned partners", {
    "map/1.jpg": await onItsSide(await png(8, 6, "#fff")),
    "sat/1.png": await png(8, 6, "#fff"),
  });
  expect((await read(good)).pictures).toHaveLength(1);
  const stored = folder("alike only as stored", {
    "map/1.jpg": await onItsSide(await png(8, 6, "#fff")),
    "sat/1.png": await png(6, 8, "#fff"),
  });
  await expect(open(stored)).rejects.toThrow(
    /map\/1\.jpg is 8x6, but its partner sat\/1\.png is 6x8 \(width x height\)/,
  );
});

type Case = [
  what: string,
  files: () => Promise<Record<string, Uint8Array>>,
  message: RegExp,
  more?: Partial<OpenPairsOptions>,
];
const broken: readonly Case[] = [
  [
    "a target without a condition",
    async () => ({ ...(await good()), "deep/sat/3.png": await png(4, 4, "#fff") }),
    /deep\/sat\/3\.png in .* has no partner in deep\/map/,
  ],
  [
    "a condition without a target",
    async () => ({ ...(await good()), "deep/map/3.png": await png(4, 4, "#fff") }),
    /deep\/map\/3\.png in .* has no partner in deep\/sat/,
  ],
  [
    "two conditions for one target",
    async () => ({ ...(await good()), "deep/map/1.jpg": await picture(8, 6, "#fff").jpeg().toBuffer() }),
    /deep\/map\/1\.jpg and deep\/map\/1\.png in .* differ in their endings only/,
  ],
  [
    "partners of different sizes",
    async () => ({ ...(await good()), "deep/map/2.png": await png(4, 6, "#fff") }),
    /deep\/map\/2\.png is 4x6, but its partner deep\/sat\/2\.png is 4x4/,
  ],
  [
    "a folder that is not there",
    good,
    /has no folder photos: it has deep, deep\/map, deep\/sat/,
    { pairing: { conditionFrom: "map", targetFrom: "photos" } },
  ],
  [
    "one folder for both",
    good,
    /both come from deep\/map/,
    { pairing: { conditionFrom: "map", targetFrom: "map" } },
  ],
  [
    "an odd width",
    async () => ({ "odd.png": await png(7, 4, "#fff") }),
    /odd\.png is 7 pixels wide, an odd number/,
    { pairing: { split: "left-right" } },
  ],
];

it.each<Case>([...broken])("refuses %s", async (name, files, message, more) => {
  const path = folder(name, await files());
  const attempt = open(path, more);
  await expect(attempt).rejects.toThrow(message);
  await expect(attempt).rejects.toBeInstanceOf(DeblendError);
});

it("skips a pair that cannot be read, or fails where asked to", async () => {
  const path = folder("damaged", { ...(await good()), "deep/map/1.png": Buffer.from("no picture") });
  const set = await open(path);
  expect(set.length).toBe(1);
  expect(set.report.skipped.map(({ name }) => name)).toEqual(["deep/sat/1.jpg"]);
  set.close();
  await expect(open(path, { strict: true })).rejects.toThrow(/deep\/sat\/1\.jpg in .* cannot be used/);
});

it("opens one folder of a set of classes", async () => {
  const path = folder("classes", {
    "set/train/a/1.png": await png(4, 4, "#fff"),
    "set/train/b/1.png": await png(4, 4, "#000"),
    "set/test/a/1.png": await png(4, 4, "#fff"),
  });
  const options = { size: 4, channels: "gray", cacheDirectory: join(root, "cache") } as const;
  const train = await openImageDataset(path, { ...options, within: "set/train" });
  expect([train.length, train.classes]).toEqual([2, ["a", "b"]]);
  train.close();
  const whole = await openImageDataset(path, options);
  expect(whole.length).toBe(3);
  whole.close();
  await expect(openImageDataset(path, { ...options, within: "a" })).rejects.toThrow(
    /more than one folder a: name one of set\/test\/a, set\/train\/a/,
  );
});
