/**
 * Pictures for a conditional model find their partners by name, and what has none is named.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { parseTask } from "../data/index.ts";
import type { ModelPurpose } from "../training/purpose.ts";
import { readConditions } from "./conditions.ts";

const root = mkdtempSync(join(tmpdir(), "deblend-conditions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Gray pictures of one brightness each. */
async function folder(name: string, files: Readonly<Record<string, number>>): Promise<string> {
  for (const [file, value] of Object.entries(files)) {
    const path = join(root, name, file);
    mkdirSync(dirname(path), { recursive: true });
    const background = { r: value, g: value, b: value };
    await sharp({ create: { width: 2, height: 2, channels: 3, background } }).toFile(path);
  }
  return join(root, name);
}

const paired: ModelPurpose = {
  ...{ task: parseTask("paired"), channels: 1, conditionChannels: 1 },
  ...{ classes: [], nullLabel: undefined, labelDropout: undefined },
};
const read = async (condition: string, reference: string) => {
  const options = { condition, reference, seed: 0, limit: 8 };
  const found = await readConditions(paired, [1, 2, 2], options);
  const bytes = (data: Float32Array | undefined) =>
    [...(data ?? [])].filter((_, i) => i % 4 === 0).map((value) => Math.round((value + 1) * 127.5));
  return {
    names: found.names,
    condition: bytes(found.condition.data),
    reference: bytes(found.reference?.data),
  };
};

it("pairs pictures by their paths below the folder, whatever the endings", async () => {
  const maps = await folder("maps", { "north/0.png": 10, "north/1.png": 20, "south/0.png": 30 });
  const photos = await folder("photos", {
    ...{ "set/north/0.png": 11, "set/north/1.webp": 20, "set/south/0.png": 31, "set/south/9.png": 0 },
  });
  expect(await read(maps, photos)).toEqual({
    names: ["north/0", "north/1", "south/0"],
    condition: [10, 20, 30],
    reference: [11, 20, 31],
  });
});

it("names what is missing or meant by two files", async () => {
  const maps = await folder("few", { "0.png": 10, "1.png": 20 });
  await expect(read(maps, await folder("less", { "0.png": 1 }))).rejects.toThrow(
    /The condition 1\.png has no reference in .*less: add 1\.png there/,
  );
  await expect(read(maps, await folder("more", { "0.png": 1, "1.png": 1, "1.webp": 1 }))).rejects.toThrow(
    /1\.png and 1\.webp in .*more differ in their endings only/,
  );
});
