/**
 * A trained model, loaded on a device and ready to draw images.
 */
import type { Deblender } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { sampleSize } from "../networks/index.ts";
import type { Precision } from "../onnx/index.ts";
import { type NodeDeviceName, openDevice } from "../runtime/node.ts";
import type { RunConfig } from "../training/config.ts";
import { createDeblender } from "../training/deblender.ts";
import { type ModelPurpose, purposeOf } from "../training/purpose.ts";
import { latestCheckpoint } from "./checkpointFolders.ts";
import { loadModel, readNetworkConfig, type WeightsKind } from "./modelFolder.ts";
import { readRunConfig, runOfModel } from "./run.ts";

export interface OpenModelOptions {
  /** Averaged weights by default, where the model has them. */
  readonly weights?: WeightsKind;
  /** Height and width, for a model that does not say its own. */
  readonly size?: readonly [number, number] | undefined;
  readonly device?: NodeDeviceName;
  readonly threads?: number | undefined;
  /** f32 by default; f16 is for GPUs. */
  readonly precision?: Precision;
}

export interface OpenedModel {
  readonly deblend: Deblender;
  readonly purpose: ModelPurpose;
  /** Shape of one image, [channels, height, width]. */
  readonly event: readonly [number, number, number];
  /** Where it computes, in words. */
  readonly device: string;
  dispose(): Promise<void>;
}

/**
 * The configuration of the run that a model comes from, which tells its data.
 *
 * @throws DeblendError for a model that is no run: a checkpoint or a folder by itself does not know what it was trained on
 */
export async function runConfigOf(path: string): Promise<RunConfig> {
  if ((await latestCheckpoint(path)) === undefined) {
    throw new DeblendError(
      `${path} is not a run with a checkpoint, so it does not tell which pictures it was trained on: give the run's own folder.`,
    );
  }
  return readRunConfig(path);
}

/** What a model is for, from its configuration alone. */
export async function readPurpose(path: string): Promise<ModelPurpose> {
  return purposeOf(await readNetworkConfig(path));
}

/**
 * @param path a run, a checkpoint or a diffusers folder
 * @throws DeblendError for a model that cannot be used
 */
export async function openModel(
  path: string,
  { weights = "ema", size, device: name = "cpu", threads, precision = "f32" }: OpenModelOptions,
): Promise<OpenedModel> {
  if (precision === "f16" && name === "cpu") {
    throw new DeblendError(
      "Half precision is computed on GPUs; the CPU would only convert it back: leave --precision out, or add --device webgpu.",
    );
  }
  const model = await loadModel(path, { weights });
  const { config } = model.network;
  const purpose = purposeOf(config);
  const sides = size ?? sampleSize(config);
  if (sides === null) throw new DeblendError(`${path} does not say how large its images are: give a size.`);
  const device = await openDevice(name, threads === undefined ? {} : { threads });
  const { deblend, dispose } = createDeblender(device, model.network, model.weights, { precision });
  return {
    ...{ deblend, purpose, dispose },
    event: [config.out_channels, ...sides],
    device: precision === "f16" ? `${device.description} in half precision` : device.description,
  };
}

/**
 * Refuses a guidance that means nothing: the network must have been shown "none" while it was trained.
 *
 * @throws DeblendError
 */
export async function checkGuidance(
  path: string,
  { task, classes, conditionChannels, nullLabel, labelDropout }: ModelPurpose,
  guidance: number,
): Promise<void> {
  if (guidance === 1) return;
  if (classes.length === 0 && conditionChannels === 0) {
    throw new DeblendError(
      `${path} draws images from noise alone, so there is nothing to guide: leave the guidance out.`,
    );
  }
  if (classes.length > 0 && nullLabel === undefined) {
    throw new DeblendError(
      `${path} does not say which label stands for none, so it cannot be guided: leave the guidance out.`,
    );
  }
  // Networks of older runs do not say it, but the runs do.
  if ((labelDropout ?? (await runOfModel(path))?.labelDropout) === 0) {
    throw new DeblendError(
      `${path} was trained with its ${task.isLabelled ? "labels" : "conditions"} always shown, so it cannot be guided: train with --label-dropout 0.1, or leave the guidance out.`,
    );
  }
}
