/**
 * Pictures to draw for may be of any format; what cannot be read is named with the reason.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { readPictures } from "./readPictures.ts";

const root = mkdtempSync(join(tmpdir(), "deblend-pictures-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, content: Uint8Array): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const red = sharp({ create: { width: 6, height: 4, channels: 3, background: "#ff0000" } });
const svg = (width: number) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="4"><rect width="100%" height="100%" fill="#f00"/></svg>`,
  );
/** A red frame, and a blue one after it. */
const film = async () =>
  sharp([await red.clone().png().toBuffer(), await red.clone().negate().png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();

it("tells the size of a picture that is held upright", async () => {
  for (const format of ["jpeg", "tiff"] as const) {
    const file = await red.clone().withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
    const { files } = await readPictures(dirname(write(`turned-${format}/a.${format}`, file)), 1);
    expect(files[0]).toMatchObject({ name: `a.${format}`, height: 6, width: 4 });
  }
});

it.each([
  ["a.gif", film],
  ["a.tiff", () => red.clone().tiff().toBuffer()],
  ["a.avif", () => red.clone().avif({ lossless: true }).toBuffer()],
  ["a.svg", async () => svg(6)],
  ["without an ending", () => red.clone().webp({ lossless: true }).toBuffer()],
] as const)("reads %s, by itself and in a folder", async (name, make) => {
  const path = write(`${name}-alone/${name}`, await make());
  const inFolder = name.includes(".") ? [dirname(path)] : [];
  for (const place of [path, ...inFolder]) {
    const { files, total } = await readPictures(place, 8);
    expect(total).toBe(1);
    expect(files[0]).toMatchObject({ name, height: 4, width: 6 });
    const found = await files[0]?.fit([2, 2], "rgb");
    expect(found?.shape).toEqual([3, 2, 2]);
    const wanted = [1, 1, 1, 1, ...new Array<number>(8).fill(-1)];
    const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (found?.data[i] ?? 0))));
    expect(worst).toBeLessThan(0.05);
  }
});

it("says in one sentence what cannot be read", async () => {
  const refused = async (path: string, message: RegExp) => {
    const attempt = readPictures(path, 8).then(({ files }) => files[0]?.fit([2, 2], "rgb"));
    await expect(attempt).rejects.toMatchObject({
      name: "DeblendError",
      message: expect.stringMatching(message),
    });
  };
  const kinds = String.raw`\(\.jpg, \.png, \.webp, .*\.gif.*\)`;
  const text = write("notes.txt", Buffer.from("no picture"));
  await refused(
    text,
    new RegExp(`^The image \\S+notes\\.txt cannot be used: it is not an image that can be read ${kinds}`),
  );
  const bmp = write("old/a.bmp", Buffer.from("BM and what follows"));
  await refused(dirname(bmp), /^The image a\.bmp in \S+old cannot be used: it is not an image/);
  await refused(write("empty.gif", Buffer.alloc(0)), /its file is empty/);
  await refused(write("huge.svg", svg(30_000_000)), /it claims 30000000 x 4 pixels, more than the limit/);
  const whole = await red.clone().resize(200, 200).tiff({ compression: "none" }).toBuffer();
  const half = whole.subarray(0, whole.length / 2);
  await refused(write("half.tiff", half), /half\.tiff cannot be used: it is (damaged|not an image)/);
  mkdirSync(join(root, "nothing"));
  await refused(join(root, "nothing"), new RegExp(`nothing holds no image ${kinds}: give an image`));
});
