/**
 * Sets that come as bytes, not as image files: MNIST's IDX files and CIFAR-10's binary batches.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { CIFAR_SHAPE, CIFAR10_CLASSES, parseCifar10, parseIdx } from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { type FileSource, LARGEST_FILE } from "./source.ts";

/** Images as bytes, before they are resized. */
export interface RawSet {
  /** [count, channels, height, width]. */
  readonly pixels: Uint8Array;
  readonly shape: readonly [channels: 1 | 3, height: number, width: number];
  readonly labels?: readonly number[];
  readonly classes?: readonly string[];
  /** Sentences about what was chosen. */
  readonly notes: readonly string[];
}

const IDX_IMAGES = /images[-.]idx3-ubyte(\.gz)?$/;
const CIFAR_TRAINING = /(^|\/)data_batch_\d+\.bin$/;
const CIFAR_TEST = /(^|\/)test_batch\.bin$/;

/** Whether a file, by its name, is one of such a set. */
export const isRawName = (name: string) => IDX_IMAGES.test(name) || /\.bin$/.test(name);

/** The name of the labels that belong to a file of images. */
export const labelNames = (images: string): readonly string[] => {
  const plain = images.replace(/\.gz$/, "").replace(/images([-.])idx3/, "labels$1idx1");
  return plain === images.replace(/\.gz$/, "") ? [] : [plain, `${plain}.gz`];
};

/** The set that the files of a folder make up, or undefined where they are something else. */
export async function readRawSet(source: FileSource): Promise<RawSet | undefined> {
  const names = await source.list();
  const idx = names.filter((name) => IDX_IMAGES.test(name));
  const images = idx.find((name) => /train/.test(name)) ?? idx[0];
  if (images !== undefined) {
    const others = idx.filter((name) => name.replace(/\.gz$/, "") !== images.replace(/\.gz$/, ""));
    const notes = others.length > 0 ? [`Only ${images} is used; to use ${others[0]}, name that file.`] : [];
    return readIdx(source, images, notes);
  }
  const training = names.filter((name) => CIFAR_TRAINING.test(name));
  const test = names.filter((name) => CIFAR_TEST.test(name));
  if (training.length === 0) return test.length === 0 ? undefined : readCifar(source, test, []);
  const notes =
    test.length > 0 ? [`Only the training batches are used; to use ${test[0]}, name that file.`] : [];
  return readCifar(source, training, notes);
}

/** MNIST: a file of images, and its labels where they lie beside it. */
export async function readIdx(source: FileSource, name: string, notes: readonly string[]): Promise<RawSet> {
  const { shape, data } = parseIdx(await readPlain(source, name), name);
  const [count = 0, height = 0, width = 0] = shape;
  if (shape.length !== 3) {
    throw new DeblendError(
      `${name} holds labels, not images: give the file whose name has images-idx3-ubyte.`,
    );
  }
  const names = await source.list();
  const base: RawSet = { pixels: data, shape: [1, height, width], notes };
  const labelName = labelNames(name).find((other) => names.includes(other));
  if (labelName === undefined) return base;
  const labels = parseIdx(await readPlain(source, labelName), labelName);
  if (labels.shape.length !== 1 || labels.data.length !== count) {
    throw new DeblendError(
      `${labelName} should hold a label for each of the ${count} images of ${name}, but holds ${labels.shape.join(" x ")}: download both again.`,
    );
  }
  const highest = labels.data.reduce((a, b) => Math.max(a, b), 0);
  return {
    ...base,
    labels: [...labels.data],
    classes: Array.from({ length: highest + 1 }, (_, i) => String(i)),
  };
}

/** CIFAR-10: any of its batch files. */
export async function readCifar(
  source: FileSource,
  names: readonly string[],
  notes: readonly string[],
): Promise<RawSet> {
  const parts: { pixels: Uint8Array; labels: Uint8Array }[] = [];
  for (const name of names) parts.push(parseCifar10(await source.read(name), name));
  return {
    pixels: Buffer.concat(parts.map(({ pixels }) => pixels)),
    shape: CIFAR_SHAPE,
    labels: parts.flatMap(({ labels }) => [...labels]),
    classes: CIFAR10_CLASSES,
    notes,
  };
}

const unzip = promisify(gunzip);

async function readPlain(source: FileSource, name: string): Promise<Uint8Array> {
  const bytes = await source.read(name);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return unzip(bytes, { maxOutputLength: LARGEST_FILE }).catch(() => {
    throw new DeblendError(`${name} is a gzip file that does not unpack: download it again.`);
  });
}
