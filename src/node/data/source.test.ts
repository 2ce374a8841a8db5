/**
 * Links in a set of images: followed inside, and refused where they lead out of the folder that may be read.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DeblendError } from "../../errors.ts";
import { openImageDataset } from "./openImageDataset.ts";
import { openPairs } from "./openPairs.ts";
import { folderSource } from "./source.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "deblend-source-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]) => join(root, ...parts);
const below = at("data");

/** Links by the folder that they lie in: what they lead to. */
const OUTSIDE: Readonly<Record<string, string>> = {
  file: "secret/a.png",
  folder: "secret",
  root: "",
};

beforeAll(async () => {
  const image = sharp({ create: { width: 4, height: 4, channels: 3, background: "#336699" } });
  const png = await image.png().toBuffer();
  for (const folder of [
    "secret",
    "data/plain",
    "data/inside",
    ...Object.keys(OUTSIDE).map((n) => `data/${n}`),
  ]) {
    mkdirSync(at(folder), { recursive: true });
    writeFileSync(at(folder, "a.png"), png);
  }
  for (const [name, target] of Object.entries(OUTSIDE)) symlinkSync(at(target), at("data", name, "b.png"));
  symlinkSync(at("data/plain"), at("data/inside/linked"));
  symlinkSync(at("data/plain/a.png"), at("data/inside/b.png"));
  symlinkSync(at("nowhere"), at("data/inside/c.png"));
  symlinkSync(at("secret"), at("data/away"));
});

const open = (path: string, limit: string | undefined = below) =>
  openImageDataset(path, { size: 4, channels: "rgb", below: limit, cacheDirectory: at("cache") });

it("are followed inside the folder that may be read", async () => {
  const set = await open(at("data/inside"));
  expect(set.length).toBe(3);
  set.close();
});

it.each(Object.keys(OUTSIDE))(
  "to a %s outside of it are refused, also where the images are in the cache",
  async (name) => {
    const refused = (opened: Promise<unknown>) =>
      expect(opened).rejects.toThrow(
        /^b\.png is reached through a link that leads out of the folder that may be read: /,
      );
    await refused(open(at("data", name)));
    await expect(open(at("data", name))).rejects.toThrow(DeblendError);
    const pairs = {
      size: 4,
      channels: "rgb",
      conditionChannels: "rgb",
      pairing: { split: "left-right" },
    } as const;
    await refused(openPairs(at("data", name), { ...pairs, below }));
    if (name !== "root") {
      // Nobody set a limit: as ever, links are followed.
      const set = await openImageDataset(at("data", name), {
        size: 4,
        channels: "rgb",
        cacheDirectory: at("cache"),
      });
      expect(set.length).toBe(2);
      set.close();
    }
    await refused(open(at("data", name)));
  },
);

it("are looked at again when a file is read", async () => {
  const source = await folderSource(at("data/plain"), below);
  rmSync(at("data/plain/a.png"));
  symlinkSync(at("secret/a.png"), at("data/plain/a.png"));
  await expect(source.read("a.png")).rejects.toThrow(/leads out of the folder/);
});

it.each(["away", "away/a.png", "file/b.png"])("%s is refused as a path, too", async (path) => {
  await expect(open(at("data", path))).rejects.toThrow(/leads out of the folder that may be read/);
});
