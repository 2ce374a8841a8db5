/**
 * The grids of samples that a run draws while it trains: what the network is shown for them, and how they are laid out.
 */
import { type Batch, sizeOf } from "../batch.ts";
import type { ImageDataset } from "../data/index.ts";
import { classesOf, type RunConfig, taskOf } from "../training/config.ts";
import { heldOutExamples, labelsByRow } from "../training/examples.ts";
import type { Given } from "../training/guidance.ts";
import { comfortableScale, writeGrid } from "./images.ts";

export interface SampleGrid {
  /** One an image; undefined for a network that is shown nothing but noise. */
  readonly given: Given | undefined;
  /** Writes the samples as a picture. */
  write(samples: Batch, file: string): Promise<void>;
}

const write = (batch: Batch, file: string, columns?: number) =>
  writeGrid(batch, file, { scale: comfortableScale(batch.shape), ...(columns !== undefined && { columns }) });

/** Samples of a network that is shown nothing but noise. */
export const plainGrid: SampleGrid = { given: undefined, write };

/**
 * Plain images as a square; labels as a row a class; conditions of pictures (held out, or the first of the training set)
 * as rows of condition, sample and the picture itself.
 */
export function sampleGridOf(config: RunConfig, dataset: ImageDataset): SampleGrid {
  if (taskOf(config).isLabelled) {
    const classes = classesOf(config).length;
    const { label, columns } = labelsByRow(classes, config.sampleCount);
    return {
      given: { label, nullLabel: classes },
      write: (samples, file) => write(samples, file, columns),
    };
  }
  const { condition, targets } = heldOutExamples(config, dataset, config.sampleCount);
  if (condition === undefined) return plainGrid;
  const shown = drawable(condition);
  return {
    given: { condition },
    write: (samples, file) => write(sideBySide([shown, samples, targets]), file, 3),
  };
}

/** Conditions as images of 1 or 3 channels: a mask's channel is left out. */
export function drawable({ data, shape }: Batch): Batch {
  const [n, channels = 0, ...sides] = shape;
  const kept = channels >= 3 ? 3 : 1;
  if (kept === channels) return { data, shape };
  const plane = sizeOf(sides);
  const out = new Float32Array(n * kept * plane);
  for (let i = 0; i < n; i++) {
    const start = i * channels * plane;
    out.set(data.subarray(start, start + kept * plane), i * kept * plane);
  }
  return { data: out, shape: [n, kept, ...sides] };
}

/** Image i of each batch after the other; gray ones become colour where others are. */
export function sideBySide(batches: readonly Batch[]): Batch {
  const channels = Math.max(...batches.map(({ shape }) => shape[1] ?? 1));
  const [first] = batches;
  if (first === undefined) throw new Error("There is nothing to lay side by side.");
  const [n, , ...sides] = first.shape;
  const plane = sizeOf(sides);
  const size = channels * plane;
  const data = new Float32Array(n * batches.length * size);
  batches.forEach(({ data: from, shape }, column) => {
    const own = shape[1] ?? 1;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < channels; c++) {
        const start = (i * own + Math.min(c, own - 1)) * plane;
        data.set(from.subarray(start, start + plane), (i * batches.length + column) * size + c * plane);
      }
    }
  });
  return { data, shape: [n * batches.length, channels, ...sides] };
}
