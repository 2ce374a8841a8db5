/**
 * Pictures to bytes: our own PNG decoder agrees with the library, sizes are those of the picture held upright.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { imageHeader } from "../../data/index.ts";
import { readImage } from "../readImage.ts";
import { createDecoder, decodeWhole } from "./decode.ts";
import { decodePlainPng } from "./plainPng.ts";

/** A smooth picture with some texture, so that every filter of PNG is used. */
function texture(width: number, height: number, channels: 1 | 2 | 3 | 4): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: width * height * channels }, (_, i) => {
      const at = Math.floor(i / channels);
      const x = at % width;
      const y = Math.floor(at / width);
      return 128 + 60 * Math.sin(x / 3 + (i % channels)) + 50 * Math.cos(y / 4) + ((x * 7 + y * 3) % 11);
    }),
  );
}

it.each([1, 2, 3, 4] as const)(
  "a plain PNG of %i samples decodes as the general decoder does",
  async (samples) => {
    const [width, height] = [23, 17];
    const raw = { raw: { width, height, channels: samples } };
    for (const adaptiveFiltering of [false, true]) {
      const file = await sharp(texture(width, height, samples), raw)
        .toColourspace(samples < 3 ? "b-w" : "srgb")
        .png({ adaptiveFiltering })
        .toBuffer();
      const plain = decodePlainPng(file);
      const channels = samples < 3 ? 1 : 3;
      expect(plain?.channels).toBe(channels);
      const expected = await sharp(file)
        .flatten({ background: "#ffffff" })
        .toColourspace(channels === 1 ? "b-w" : "srgb")
        .raw()
        .toBuffer();
      const found = Array.from({ length: expected.length }, (_, i) => {
        return plain?.planes[(i % channels) * width * height + Math.floor(i / channels)] ?? -1;
      });
      const worst = Math.max(...found.map((value, i) => Math.abs(value - (expected[i] ?? 0))));
      expect(worst).toBeLessThanOrEqual(samples === 2 || samples === 4 ? 1 : 0);
    }
  },
);

it("a palette is looked up, and what is not plain is left alone", async () => {
  const image = sharp(texture(20, 20, 3), { raw: { width: 20, height: 20, channels: 3 } });
  const palette = await image.clone().png({ palette: true, colours: 200 }).toBuffer();
  const expected = await sharp(palette).raw().toBuffer();
  const plain = decodePlainPng(palette);
  expect(Array.from({ length: 1200 }, (_, i) => plain?.planes[(i % 3) * 400 + Math.floor(i / 3)])).toEqual([
    ...expected,
  ]);
  expect(decodePlainPng(await image.clone().png({ progressive: true }).toBuffer())).toBeUndefined();
  expect(decodePlainPng(await image.clone().jpeg().toBuffer())).toBeUndefined();
  const whole = await image.clone().png().toBuffer();
  expect(decodePlainPng(whole.subarray(0, whole.length - 20))).toBeUndefined();
  whole.writeUInt8(whole.readUInt8(60) ^ 1, 60);
  expect(decodePlainPng(whole)).toBeUndefined();
});

it.each([
  ["gray", 16],
  ["rgb", 16],
] as const)(
  "%s, shrunk: a PNG decoded here and one decoded by the library are alike",
  async (channels, size) => {
    const image = sharp(texture(40, 40, 3), { raw: { width: 40, height: 40, channels: 3 } });
    const decoder = createDecoder({ height: size, width: size, channels, limitPixels: 1e6 });
    const here = await decoder.file(await image.clone().png().toBuffer());
    const there = await decoder.file(await image.clone().webp({ lossless: true }).toBuffer());
    const difference =
      here.pixels.reduce((sum, value, i) => sum + Math.abs(value - (there.pixels[i] ?? 0)), 0) /
      here.pixels.length;
    expect(difference).toBeLessThan(2.5);
  },
);

it.each(["jpeg", "png", "webp"] as const)(
  "the size of a turned %s is told as it is decoded, upright",
  async (format) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = await sharp(texture(12, 7, 3), { raw: { width: 12, height: 7, channels: 3 } })
        .withMetadata({ orientation })
        .toFormat(format)
        .toBuffer();
      const { autoOrient } = await sharp(file).metadata();
      expect(imageHeader(file)).toMatchObject(autoOrient);
      expect(await decodeWhole(file, { channels: "rgb", limitPixels: 84 })).toMatchObject(autoOrient);
    }
  },
);

it("a picture is enlarged or not by its upright size", async () => {
  const file = await sharp(texture(12, 7, 3), { raw: { width: 12, height: 7, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const decoded = async (height: number, width: number) =>
    (await createDecoder({ height, width, channels: "rgb", limitPixels: 84 }).file(file)).enlarged;
  expect([await decoded(12, 7), await decoded(7, 12)]).toEqual([false, true]);
});

it("a picture of too many pixels is refused before it is decoded, and no option is named that there is not", async () => {
  const file = await sharp(texture(12, 8, 3), { raw: { width: 12, height: 8, channels: 3 } })
    .png()
    .toBuffer();
  const refused = decodeWhole(file, { channels: "rgb", limitPixels: 95 });
  await expect(refused).rejects.toThrow(/^it claims 12 x 8 pixels, more than the limit of 95: shrink it$/);
});

it("a single file is read as numbers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deblend-read-"));
  try {
    const file = join(folder, "a.png");
    writeFileSync(
      file,
      await sharp({ create: { width: 6, height: 6, channels: 3, background: "#ff0000" } })
        .png()
        .toBuffer(),
    );
    const { data, shape } = await readImage(file, { size: 4, channels: "rgb" });
    expect(shape).toEqual([1, 3, 4, 4]);
    expect([...data]).toEqual([...Array(16).fill(1), ...Array(32).fill(-1)]);
    writeFileSync(file, "text");
    await expect(readImage(file, { size: 4, channels: "rgb" })).rejects.toThrow(
      /cannot be used: it is not a whole PNG/,
    );
    await expect(readImage(join(folder, "b.png"), { size: 4, channels: "rgb" })).rejects.toThrow(
      /no such file/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
