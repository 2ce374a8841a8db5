/**
 * One picture file as numbers, the way a dataset would read it.
 */
import { readFile } from "node:fs/promises";
import type { Batch } from "../batch.ts";
import { DeblendError, messageOf } from "../errors.ts";
import { type Channels, channelCount, createDecoder } from "./data/decode.ts";
import { fileError } from "./files.ts";

const LIMIT_PIXELS = 100_000_000;

/**
 * Reads a PNG, JPEG or WebP file, turned upright, flattened on white, resized to cover and cropped to the centre.
 *
 * @returns [1, channels, height, width] in [-1, 1]
 * @throws DeblendError for a file that cannot be read or decoded
 */
export async function readImage(
  file: string,
  {
    size,
    channels,
  }: { readonly size: number | readonly [height: number, width: number]; readonly channels: Channels },
): Promise<Batch> {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  const content = await readFile(file).catch((thrown: unknown) => {
    throw fileError("read", file, thrown);
  });
  const decoder = createDecoder({ height, width, channels, limitPixels: LIMIT_PIXELS });
  const { pixels } = await decoder.file(content).catch((thrown: unknown) => {
    throw new DeblendError(`The image ${file} cannot be used: ${messageOf(thrown)}.`);
  });
  return {
    data: Float32Array.from(pixels, (byte) => byte / 127.5 - 1),
    shape: [1, channelCount(channels), height, width],
  };
}
