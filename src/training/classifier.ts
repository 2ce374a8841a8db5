/**
 * Trains a classifier on labelled pictures by the same compiled step that trains the generative models: softmax cross
 * entropy, Adam, a cosine schedule.
 */
import { type Batch, sizeOf } from "../batch.ts";
import type { ImageDataset } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import { classifier } from "../networks/classifier.ts";
import type { Weights } from "../networks/index.ts";
import { lower } from "../onnx/index.ts";
import { adam, learningRateAt } from "../optimisers/index.ts";
import { permutation } from "../random/index.ts";
import type { Device } from "../runtime/index.ts";
import {
  constant,
  input,
  log,
  maximum,
  mul,
  oneHot,
  scalar,
  softmax,
  type Tensor,
  total,
} from "../tensor/index.ts";
import { createObjectiveStep, freshState, type Objective } from "./step.ts";

export interface ClassifierOptions {
  readonly seed: number;
  /** How often every picture is seen, 3 by default. */
  readonly epochs?: number;
  readonly onStep?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainedClassifier {
  /** The most probable class of each picture, [n, channels, height, width] in [-1, 1]. */
  classify(pictures: Batch): Promise<Uint32Array>;
  dispose(): Promise<void>;
}

const BATCH = 64;
const RATE = { learningRate: 1e-3, warmup: 50, schedule: "cosine" } as const;
/** Probabilities below this count as this, so that their logarithm is a number. */
const LEAST = 1e-12;

/** Mean of -log p(label): logits [n, classes], labels [n] as numbers. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [n = 1, classes = 1] = logits.shape;
  const logarithms = log(maximum(softmax(logits), scalar(LEAST)));
  return mul(total(mul(oneHot(labels, classes), logarithms)), scalar(-1 / n));
}

/**
 * @throws DeblendError for pictures without labels
 */
export async function trainClassifier(
  device: Device,
  dataset: ImageDataset,
  { seed, epochs = 3, onStep, signal }: ClassifierOptions,
): Promise<TrainedClassifier> {
  const { length, shape, classes = [], label } = dataset;
  if (label === undefined || length < BATCH) {
    throw new DeblendError(
      `A classifier learns from labelled pictures, ${BATCH} at least, but these are ${length}${label ? "" : " without labels"}.`,
    );
  }
  const [channels, height, width] = shape;
  const network = classifier({ channels, size: [height, width], classes: classes.length });
  const objective: Objective<{ pictures: Float32Array; labels: Float32Array }> = {
    inputs: { pictures: [BATCH, ...shape], labels: [BATCH] },
    loss: (parameters, { pictures, labels }) =>
      crossEntropy(network.logits(parameters, pictures as Tensor), labels as Tensor),
    feeds: ({ pictures, labels }) => ({ pictures, labels }),
  };
  const step = await createObjectiveStep(device, network, objective, {
    ...{ optimiser: adam(), clip: 0, accumulate: 1 },
    initial: freshState(network, seed),
  });
  let order: Uint32Array = new Uint32Array();
  const perEpoch = Math.floor(length / BATCH);
  const steps = epochs * perEpoch;
  const size = sizeOf(shape);
  try {
    for (let done = 0; done < steps; done++) {
      if (signal?.aborted)
        throw new DeblendError(`Stopped after ${done} of ${steps} steps of the classifier.`);
      if (done % perEpoch === 0) {
        order = permutation(length, { seed, purpose: "order", step: Math.floor(done / perEpoch) });
      }
      const pictures = new Float32Array(BATCH * size);
      const labels = new Float32Array(BATCH);
      for (let i = 0; i < BATCH; i++) {
        const index = order[(done % perEpoch) * BATCH + i] ?? 0;
        dataset.read(index, pictures.subarray(i * size, (i + 1) * size));
        labels[i] = label(index);
      }
      const learningRate = learningRateAt(done + 1, { ...RATE, steps });
      await step.run([{ pictures, labels }], { learningRate, emaDecay: 0.99, step: done + 1 });
      onStep?.(done + 1, steps);
    }
    const { ema } = await step.readState();
    return await loadClassifier(device, network, ema, shape);
  } finally {
    await step.dispose();
  }
}

async function loadClassifier(
  device: Device,
  network: ReturnType<typeof classifier>,
  weights: Weights,
  shape: ImageDataset["shape"],
): Promise<TrainedClassifier> {
  const parameters = new Map(
    network.parameters.map(({ name, shape }) => [
      name,
      constant(weights.get(name) ?? new Float32Array(), shape),
    ]),
  );
  const logits = network.logits(parameters, input("pictures", [BATCH, ...shape]));
  const program = await device.load(lower({ logits }, { target: device.target }).bytes);
  const size = sizeOf(shape);
  return {
    classify: async ({ data, shape: [n] }) => {
      const labels = new Uint32Array(n);
      for (let first = 0; first < n; first += BATCH) {
        // The last batch is filled up with zeros; what they are taken for is left out.
        const pictures = new Float32Array(BATCH * size);
        pictures.set(data.subarray(first * size, Math.min(n, first + BATCH) * size));
        const feed = device.tensor(pictures, [BATCH, ...shape]);
        const { logits: result } = await program.run({ pictures: feed });
        const values = (await result?.read()) ?? new Float32Array();
        const classes = values.length / BATCH;
        for (let i = 0; i < Math.min(BATCH, n - first); i++) {
          const row = values.subarray(i * classes, (i + 1) * classes);
          labels[first + i] = row.reduce((best, value, k) => (value > (row[best] ?? 0) ? k : best), 0);
        }
        result?.dispose();
        feed.dispose();
      }
      return labels;
    },
    dispose: () => program.dispose(),
  };
}

/** Share of pictures that a classifier takes for what they are. */
export async function accuracyOn({ classify }: TrainedClassifier, dataset: ImageDataset): Promise<number> {
  const size = sizeOf(dataset.shape);
  let right = 0;
  for (let first = 0; first < dataset.length; first += BATCH) {
    const count = Math.min(BATCH, dataset.length - first);
    const data = new Float32Array(count * size);
    for (let i = 0; i < count; i++) dataset.read(first + i, data.subarray(i * size, (i + 1) * size));
    const labels = await classify({ data, shape: [count, ...dataset.shape] });
    labels.forEach((label, i) => {
      if (label === dataset.label?.(first + i)) right++;
    });
  }
  return right / dataset.length;
}
