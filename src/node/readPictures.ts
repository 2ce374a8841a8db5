/**
 * A few picture files by path, as numbers of the sizes that are asked for: one file, a folder, or a zip.
 */
import { imageHeader, type Picture } from "../data/index.ts";
import { DeblendError, messageOf } from "../errors.ts";
import { type Channels, channelCount, createDecoder } from "./data/decode.ts";
import { DEFAULT_LIMIT, IMAGE, openSource } from "./data/openImageDataset.ts";
import { byPlainName, commonFolder, plainName } from "./data/plainNames.ts";

export interface PictureFile {
  /** As in the folder or zip. */
  readonly name: string;
  /** Without its ending, from the folder that holds all of the pictures: two pictures never share it. */
  readonly plainName: string;
  /** In pixels, of the picture held upright. */
  readonly height: number;
  readonly width: number;
  /** The picture, resized to cover and cropped to the centre, in [-1, 1]. */
  fit(size: readonly [height: number, width: number], channels: Channels): Promise<Picture>;
}

export interface PictureFiles {
  /** In the order of their names. */
  readonly files: readonly PictureFile[];
  /** How many there are, where only the first were taken. */
  readonly total: number;
}

/**
 * @param limit takes the first of them
 * @param wanted tells by its plain name whether a picture is; the others are left out, unread
 * @throws DeblendError for a path without images, an image that cannot be used, or two of one plain name
 */
export async function readPictures(
  path: string,
  limit: number,
  wanted: (plainName: string) => boolean = () => true,
): Promise<PictureFiles> {
  const { source } = await openSource(path);
  try {
    const images = (await source.list()).filter((name) => IMAGE.test(name));
    if (images.length === 0) {
      throw new DeblendError(
        `${path} holds no image: give a PNG, JPEG or WebP file, or a folder or a zip of them.`,
      );
    }
    const from = commonFolder(images).length;
    const plain = (name: string) => plainName(name).slice(from);
    const names = images.filter((name) => wanted(plain(name)));
    byPlainName(names, path);
    const files: PictureFile[] = [];
    for (const name of names.slice(0, limit)) {
      const unusable = (thrown: unknown) =>
        new DeblendError(`The image ${name} in ${path} cannot be used: ${messageOf(thrown)}.`);
      const content = await source.read(name).catch((thrown: unknown) => {
        throw unusable(thrown);
      });
      const header = imageHeader(content);
      if (header === undefined) throw unusable("it is not a whole PNG, JPEG or WebP file");
      files.push({
        ...{ name, plainName: plain(name), height: header.height, width: header.width },
        fit: async ([height, width], channels) => {
          const decoder = createDecoder({ height, width, channels, limitPixels: DEFAULT_LIMIT });
          const { pixels } = await decoder.file(content).catch((thrown: unknown) => {
            throw unusable(thrown);
          });
          const data = Float32Array.from(pixels, (byte) => byte / 127.5 - 1);
          return { data, shape: [channelCount(channels), height, width] };
        },
      });
    }
    return { files, total: names.length };
  } finally {
    await source.close();
  }
}
