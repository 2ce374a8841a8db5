/**
 * Batches as pictures: single PNG files, grids and strips; numbers in [-1, 1] become bytes.
 */
import sharp from "sharp";
import type { Batch } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { writeFileSafely } from "./files.ts";

const GAP = 2;
const BACKGROUND = 255;

/** [-1, 1] to a byte, rounded; what lies outside is cut off. */
const toByte = (value: number) => Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));

export interface GridOptions {
  /** Images side by side; as square a grid as possible by default. */
  readonly columns?: number;
  /** Each pixel becomes a square of this many. */
  readonly scale?: number;
}

/** An interleaved picture. */
interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Lays the images of a batch [n, c, h, w] out in rows. */
function layOut({ data, shape }: Batch, columns: number, gap: number): Picture {
  const [n, c = 0, h = 0, w = 0] = shape;
  if (shape.length !== 4 || (c !== 1 && c !== 3)) {
    throw new DeblendError(
      `Only images of 1 or 3 channels can be drawn, but got a batch of shape [${shape.join(",")}].`,
    );
  }
  const rows = Math.ceil(n / columns);
  const width = columns * (w + gap) + gap;
  const height = rows * (h + gap) + gap;
  const picture = new Uint8Array(width * height * c).fill(BACKGROUND);
  for (let i = 0; i < n; i++) {
    const left = gap + (i % columns) * (w + gap);
    const top = gap + Math.floor(i / columns) * (h + gap);
    for (let channel = 0; channel < c; channel++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const value = data[((i * c + channel) * h + y) * w + x] ?? 0;
          picture[((top + y) * width + left + x) * c + channel] = toByte(value);
        }
      }
    }
  }
  return { data: picture, width, height, channels: c };
}

function encode({ data, width, height, channels }: Picture, scale: number): Promise<Buffer> {
  const image = sharp(data, { raw: { width, height, channels } });
  const scaled = scale === 1 ? image : image.resize(width * scale, height * scale, { kernel: "nearest" });
  return scaled.png({ compressionLevel: 9 }).toBuffer();
}

/** Small images are enlarged so that a person sees them. */
export function comfortableScale([, , height = 1]: Batch["shape"]): number {
  return Math.max(1, Math.round(64 / height));
}

/** Writes all images of a batch into one PNG. */
export async function writeGrid(batch: Batch, path: string, options: GridOptions = {}): Promise<void> {
  const { columns = Math.ceil(Math.sqrt(batch.shape[0])), scale = 1 } = options;
  await writeFileSafely(path, await encode(layOut(batch, columns, GAP), scale));
}

/** Writes one image of a batch as a PNG of exactly its pixels. */
export async function writeImage({ data, shape }: Batch, index: number, path: string): Promise<void> {
  const [, ...event] = shape;
  const size = event.reduce((a, b) => a * b, 1);
  const one: Batch = { data: data.subarray(index * size, (index + 1) * size), shape: [1, ...event] };
  await writeFileSafely(path, await encode(layOut(one, 1, 0), 1));
}
