/**
 * A few pictures by path, as numbers of the sizes that are asked for: one file, a folder, or a zip, in any format that
 * can be decoded. (Sets to train on are of fewer formats, whose headers are read before anything else is.)
 */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Picture } from "../data/index.ts";
import { DeblendError, messageOf } from "../errors.ts";
import { type Channels, channelCount, createDecoder, pictureSize, readableEndings } from "./data/decode.ts";
import { DEFAULT_LIMIT, firstBytes, IMAGE, isZip, OTHER_IMAGE, openSource } from "./data/openImageDataset.ts";
import { byPlainName, commonFolder, plainName } from "./data/plainNames.ts";
import { type FileSource, filesSource } from "./data/source.ts";

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
  const { source, isFile } = await openPictures(path);
  try {
    const images = (await source.list()).filter(
      (name) => isFile || IMAGE.test(name) || OTHER_IMAGE.test(name),
    );
    if (images.length === 0) {
      throw new DeblendError(
        `${path} holds no image (${readableEndings.join(", ")}): give an image, or a folder or a zip of them.`,
      );
    }
    const from = commonFolder(images).length;
    const plain = (name: string) => plainName(name).slice(from);
    const names = images.filter((name) => wanted(plain(name)));
    byPlainName(names, path);
    const files: PictureFile[] = [];
    for (const name of names.slice(0, limit)) {
      const unusable = (thrown: unknown) =>
        new DeblendError(
          `The image ${isFile ? path : `${name} in ${path}`} cannot be used: ${messageOf(thrown)}.`,
        );
      const rethrow = (thrown: unknown) => {
        throw unusable(thrown);
      };
      const content = await source.read(name).catch(rethrow);
      const { height, width } = await pictureSize(content, DEFAULT_LIMIT).catch(rethrow);
      files.push({
        ...{ name, plainName: plain(name), height, width },
        fit: async ([height, width], channels) => {
          const decoder = createDecoder({ height, width, channels, limitPixels: DEFAULT_LIMIT });
          const { pixels } = await decoder.picture(content).catch(rethrow);
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

/** A file by itself is taken for a picture whatever its name. */
async function openPictures(
  path: string,
): Promise<{ readonly source: FileSource; readonly isFile: boolean }> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile && !isZip(path, await firstBytes(path))) {
    return { source: filesSource(dirname(path), [basename(path)]), isFile };
  }
  return { source: (await openSource(path)).source, isFile: false };
}
