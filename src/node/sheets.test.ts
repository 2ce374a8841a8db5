/**
 * Sheets name their rows, and fill the last one up.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import type { Batch } from "../batch.ts";
import { writeClassSheet } from "./sheets.ts";

const root = mkdtempSync(join(tmpdir(), "deblend-sheets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Black pictures of 16x16, which the sheet enlarges four times. */
const black = (count: number): Batch => ({
  data: new Float32Array(count * 256).fill(-1),
  shape: [count, 1, 16, 16],
});

/** How many pictures lie in each row of the sheet, and whether something is written left of it. */
async function rowsOf(file: string): Promise<readonly { pictures: number; isNamed: boolean }[]> {
  const { data, info } = await sharp(file).removeAlpha().toColourspace("b-w").raw().toBuffer({
    resolveWithObject: true,
  });
  const { width, height, channels } = info;
  const at = (x: number, y: number) => data[(y * width + x) * channels] ?? 0;
  const columns = Array.from({ length: width }, (_, x) => x);
  // Pictures are black from edge to edge, letters are not.
  const isPicture = (x: number, y: number) => [-20, 0, 20].every((step) => at(x, y + step) === 0);
  const rows: { pictures: number; isNamed: boolean }[] = [];
  for (let middle = 12 + 32; middle < height - 12; middle += 64 + 6) {
    const inside = columns.filter((x) => isPicture(x, middle));
    const left = columns.slice(0, Math.min(...inside));
    const isNamed = left.some((x) => [-8, -4, 0, 4, 8].some((step) => at(x, middle + step) < 200));
    rows.push({ pictures: inside.length / 64, isNamed });
  }
  return rows;
}

it.each([
  ["a few pictures of one class", ["cat"], 3, [3]],
  ["many pictures of one class", ["cat"], 20, [8, 8, 4]],
  ["a square of one class", ["cat"], 81, new Array<number>(9).fill(9)],
  ["two classes", ["cat", "dog"], 4, [2, 2]],
] as const)("names %s", async (_, classes, count, pictures) => {
  const file = join(root, "sheet.png");
  await writeClassSheet(file, { classes, images: black(count) });
  const rows = await rowsOf(file);
  expect(rows.map((row) => row.pictures)).toEqual(pictures);
  expect(rows.map(({ isNamed }) => isNamed)).toEqual(pictures.map((_, i) => i < classes.length));
});
