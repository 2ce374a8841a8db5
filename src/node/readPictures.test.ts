import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { readPictures } from "./readPictures.ts";

const root = mkdtempSync(join(tmpdir(), "deblend-pictures-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const picture = (width = 6, height = 4) =>
  sharp({ create: { width, height, channels: 3, background: "#ff0000" } });

it("tells the size of a picture that is held upright", async () => {
  mkdirSync(join(root, "turned"));
  const file = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  writeFileSync(join(root, "turned", "a.jpg"), file);
  const { files } = await readPictures(join(root, "turned"), 1);
  expect(files[0]).toMatchObject({ name: "a.jpg", height: 6, width: 4 });
});
