/**
 * One image to bytes: turned upright, flattened on white, resized to cover, cropped to the centre, gray or colour.
 */
import sharp from "sharp";
import {
  type ChannelCount,
  createResampler,
  type ImageHeader,
  imageHeader,
  type Resampler,
  toChannels,
} from "../../data/index.ts";
import { messageOf } from "../../errors.ts";
import { decodePlainPng, type PlainImage } from "./plainPng.ts";

export type Channels = "rgb" | "gray";

export interface DecodeOptions {
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  /** Images of more pixels are refused before they are decoded. */
  readonly limitPixels: number;
}

export const channelCount = (channels: Channels): ChannelCount => (channels === "gray" ? 1 : 3);

export interface DecodedImage {
  /** [channels, height, width]. */
  readonly pixels: Uint8Array;
  /** Whether the image was smaller than asked for. */
  readonly enlarged: boolean;
}

/** Turns images into one shape; made once and used for all images of a set. */
export interface Decoder {
  /**
   * Decodes a PNG, JPEG or WebP file.
   *
   * @throws Error whose message says what is wrong with the image ("it ...")
   */
  file(content: Buffer): Promise<DecodedImage>;
  /**
   * Decodes a file of any format that `readableEndings` names; of several frames or pages, the first.
   *
   * @throws Error as `file` does
   */
  picture(content: Buffer): Promise<DecodedImage>;
  /** Fits an image that is decoded already. */
  raw(image: PlainImage): DecodedImage;
}

/** The sizes of which resampling weights are kept: a set of photographs has many. */
const KEPT_RESAMPLERS = 64;

export function createDecoder(options: DecodeOptions): Decoder {
  const { height, width, channels, limitPixels } = options;
  const count = channelCount(channels);
  const resamplers = new Map<string, Resampler>();
  const resampler = (image: PlainImage): Resampler => {
    const name = `${image.height}x${image.width}`;
    const found =
      resamplers.get(name) ?? createResampler(count, [image.height, image.width], [height, width]);
    if (resamplers.size >= KEPT_RESAMPLERS) resamplers.clear();
    resamplers.set(name, found);
    return found;
  };
  const raw = (image: PlainImage): DecodedImage => ({
    pixels: resampler(image)(toChannels(image.planes, image.channels, count)),
    enlarged: image.height < height || image.width < width,
  });
  const fitted = async (content: Buffer, found: PictureSize): Promise<DecodedImage> => {
    const plain = decodePlainPng(content);
    if (plain !== undefined) return raw(plain);
    return {
      pixels: (await decodeWithSharp(content, options, [height, width])).planes,
      enlarged: found.width < width || found.height < height,
    };
  };
  return {
    raw,
    file: async (content) => fitted(content, checkedHeader(content, limitPixels)),
    picture: async (content) => fitted(content, await pictureSize(content, limitPixels)),
  };
}

/** Endings of the formats that can be decoded, one for each. */
export const readableEndings: readonly string[] = Object.values(sharp.format).flatMap(({ input }) =>
  input.buffer ? (input.fileSuffix ?? []).slice(0, 1) : [],
);

export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/**
 * The size of a picture of any format that can be decoded, turned upright, before it is decoded.
 *
 * @throws Error whose message says what is wrong with the image ("it ...")
 */
export async function pictureSize(content: Buffer, limitPixels: number): Promise<PictureSize> {
  if (content.length === 0) throw new Error("its file is empty");
  const { autoOrient } = await sharp(content, { limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw new Error(
        `it is not an image that can be read (${readableEndings.join(", ")}), convert it to one of these`,
      );
    });
  checkPixels(autoOrient, limitPixels);
  return autoOrient;
}

/**
 * Decodes a PNG, JPEG or WebP file at the size that it has when it is turned upright.
 *
 * @throws Error whose message says what is wrong with the image ("it ...")
 */
export async function decodeWhole(
  content: Buffer,
  options: Pick<DecodeOptions, "channels" | "limitPixels">,
): Promise<PlainImage> {
  checkedHeader(content, options.limitPixels);
  return decodePlainPng(content) ?? decodeWithSharp(content, options);
}

/** The header of an image that may be decoded. */
function checkedHeader(content: Buffer, limitPixels: number): ImageHeader {
  if (content.length === 0) throw new Error("its file is empty");
  const header = imageHeader(content);
  if (header === undefined) throw new Error("it is not a whole PNG, JPEG or WebP file");
  checkPixels(header, limitPixels);
  return header;
}

function checkPixels({ width, height }: PictureSize, limitPixels: number): void {
  if (width * height > limitPixels) {
    throw new Error(
      `it claims ${width} x ${height} pixels, more than the limit of ${limitPixels}: shrink it`,
    );
  }
}

/** @param size covered by the image, which is cropped to its centre; its own size without */
async function decodeWithSharp(
  content: Buffer,
  { channels, limitPixels }: Pick<DecodeOptions, "channels" | "limitPixels">,
  size?: readonly [height: number, width: number],
): Promise<PlainImage> {
  const upright = sharp(content, { limitInputPixels: limitPixels, failOn: "error" })
    .autoOrient()
    .flatten({ background: "#ffffff" });
  const sized =
    size === undefined
      ? upright
      : upright.resize(size[1], size[0], { fit: "cover", position: "centre", kernel: "lanczos3" });
  const { data, info } = await sized
    .toColourspace(channels === "gray" ? "b-w" : "srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((thrown: unknown) => {
      throw new Error(`it is damaged and does not decode (${messageOf(thrown).split("\n")[0]?.trim()})`);
    });
  const count = channelCount(channels);
  const { height, width } = info;
  const plane = height * width;
  const planes = new Uint8Array(count * plane);
  for (let c = 0; c < count; c++) {
    const from = Math.min(c, info.channels - 1);
    for (let i = 0; i < plane; i++) planes[c * plane + i] = data[i * info.channels + from] ?? 0;
  }
  return { planes, channels: count, height, width };
}

/**
 * Runs `work` while every image is decoded by one thread: many are in flight at once, and threads within an image would
 * only fight. The decoder's settings are of the whole process, so they are put back.
 */
export async function withOneThreadAnImage<T>(work: () => Promise<T>): Promise<T> {
  const before = sharp.concurrency();
  sharp.concurrency(1);
  try {
    return await work();
  } finally {
    sharp.concurrency(before);
  }
}
