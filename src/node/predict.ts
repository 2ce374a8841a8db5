/**
 * The network's prediction from file to file: what `deblend predict` does, as a library call.
 */

import { readFile } from "node:fs/promises";
import type { Batch } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "../formats/safetensors.ts";
import { type NodeDeviceName, openDevice } from "../runtime/node.ts";
import { createDeblender } from "../training/deblender.ts";
import { checkGiven, type ModelPurpose, purposeOf } from "../training/purpose.ts";
import { fileError, writeFileSafely } from "./files.ts";
import { loadModel, type WeightsKind } from "./modelFolder.ts";

export interface PredictOptions {
  /** safetensors with x_alpha [B, C, H, W], alpha [B] and where the network takes them, condition [B, K, H, W] and class [B]. */
  readonly input: string;
  /** safetensors with prediction [B, C, H, W]. */
  readonly output: string;
  readonly weights?: WeightsKind;
  readonly device?: NodeDeviceName;
  readonly threads?: number | undefined;
}

export interface Predicted {
  /** Of the prediction, [B, C, H, W]. */
  readonly shape: readonly number[];
  /** Where it was computed, in words. */
  readonly device: string;
  /** Tensors of the input that mean nothing here. */
  readonly ignored: readonly string[];
}

/** What the input may hold. */
const KNOWN: ReadonlySet<string> = new Set(["x_alpha", "alpha", "condition", "class"]);

/** @throws DeblendError for files or shapes that cannot be used, and for numbers that are not finite */
export async function predictFile(
  path: string,
  { input, output, weights = "ema", device: name = "cpu", threads }: PredictOptions,
): Promise<Predicted> {
  const { network, weights: values } = await loadModel(path, { weights });
  const bytes = await readFile(input).catch((thrown: unknown) => {
    throw fileError("read", input, thrown);
  });
  const { tensors } = decodeSafetensors(bytes, input);
  const { x, alpha, condition, label } = readInputs(tensors, input);
  const purpose = purposeOf(network.config);
  checkChannels(purpose, x, input);
  checkGiven(purpose, x, { condition, label });
  const device = await openDevice(name, threads === undefined ? {} : { threads });
  const trained = createDeblender(device, network, values);
  try {
    const { data, shape } = await trained.deblend(x, alpha, condition, label);
    await writeFileSafely(output, encodeSafetensors(new Map([["prediction", { data, shape }]])));
    return {
      shape,
      device: device.description,
      ignored: [...tensors.keys()].filter((name) => !KNOWN.has(name)),
    };
  } finally {
    await trained.dispose();
  }
}

/** The number of images and their sides are free, but not their channels. */
function checkChannels(
  { channels, conditionChannels, classes }: ModelPurpose,
  { shape }: Batch,
  source: string,
): void {
  if (shape[1] === channels) return;
  const others = [
    "alpha [n]",
    ...(conditionChannels > 0 ? [`condition [n, ${conditionChannels}, H, W]`] : []),
    ...(classes.length > 0 ? ["class [n]"] : []),
  ];
  throw new DeblendError(
    `${source} cannot be used: x_alpha must be [n, ${channels}, H, W], beside ${others.join(" and ")}, but is [${shape.join(", ")}].`,
  );
}

function readInputs(
  tensors: ReadonlyMap<string, NamedTensor>,
  source: string,
): {
  readonly x: Batch;
  readonly alpha: Float32Array;
  readonly condition: Batch | undefined;
  readonly label: Float32Array | undefined;
} {
  for (const name of KNOWN) {
    const { data } = tensors.get(name) ?? {};
    const at = data?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (at < 0) continue;
    throw new DeblendError(
      `${source} cannot be used: ${name} holds ${data?.[at]} (number ${at}, counted from 0), and all numbers must be finite.`,
    );
  }
  const images = (name: string): Batch | undefined => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return undefined;
    const [n, ...event] = tensor.shape;
    if (n === undefined || n < 1 || event.length !== 3) {
      throw new DeblendError(
        `${source} cannot be used: ${name} should have the shape [B, channels, height, width], but has [${tensor.shape.join(", ")}].`,
      );
    }
    return { data: tensor.data, shape: [n, ...event] };
  };
  const x = images("x_alpha");
  const alpha = tensors.get("alpha");
  const condition = images("condition");
  if (x === undefined || alpha === undefined) {
    throw new DeblendError(
      `${source} lacks ${x === undefined ? "x_alpha" : "alpha"}: it should hold x_alpha [B, C, H, W] and alpha [B], and holds ${[...tensors.keys()].join(", ") || "nothing"}.`,
    );
  }
  const [n] = x.shape;
  if (alpha.shape.length !== 1 || alpha.shape[0] !== n) {
    throw new DeblendError(
      `${source} cannot be used: alpha should have the shape [${n}], but has [${alpha.shape.join(", ")}].`,
    );
  }
  if (
    condition !== undefined &&
    (condition.shape[0] !== n || condition.shape.slice(2).join() !== x.shape.slice(2).join())
  ) {
    throw new DeblendError(
      `${source} cannot be used: condition [${condition.shape.join(", ")}] does not fit x_alpha [${x.shape.join(", ")}].`,
    );
  }
  return { x, alpha: alpha.data, condition, label: tensors.get("class")?.data };
}
