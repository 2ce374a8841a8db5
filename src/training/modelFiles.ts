/**
 * A model as files for other programs: a diffusers folder, and what an ONNX file says about itself.
 */
import { encodeSafetensors, type NamedTensor } from "../formats/safetensors.ts";
import type { Network, UNet, UNetConfig, Weights } from "../networks/index.ts";
import { CONFIG_FILE, WEIGHTS_FILE } from "./checkpoint.ts";
import { purposeOf } from "./purpose.ts";

/** The version of diffusers whose names and keys are written. */
const DIFFUSERS_VERSION = "0.31.0";

/** A network's weights as tensors with their shapes. */
export function tensorsOf(
  { parameters }: Pick<Network, "parameters">,
  weights: Weights,
): Map<string, NamedTensor> {
  return new Map(
    parameters.map(({ name, shape }) => {
      const data = weights.get(name);
      if (data === undefined) throw new Error(`The weights lack ${name}.`);
      return [name, { shape, data }];
    }),
  );
}

/** The files of a diffusers folder by name, each as the parts to write one after the other. */
export function diffusersFiles(network: UNet, weights: Weights): ReadonlyMap<string, readonly Uint8Array[]> {
  const config: UNetConfig = {
    ...network.config,
    _class_name: "UNet2DModel",
    _diffusers_version: DIFFUSERS_VERSION,
  };
  return new Map([
    [CONFIG_FILE, [new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`)]],
    [WEIGHTS_FILE, encodeSafetensors(tensorsOf(network, weights), { format: "pt" })],
  ]);
}

/** What an ONNX file keeps about the model inside it: the network's configuration, and how to use it. */
export function onnxMetadata(config: UNetConfig): Record<string, string> {
  const { task, conditionChannels, classes, nullLabel, labelDropout } = purposeOf(config);
  return {
    producer: "deblend",
    config: JSON.stringify(config),
    method: "Iterative alpha-(de)Blending",
    task: task.spelling,
    ...(conditionChannels > 0 && {
      condition: `${task.description}; ${conditionChannels} channels in [-1, 1], zeros for none`,
    }),
    ...(classes.length > 0 && { classes: JSON.stringify(classes) }),
    ...(nullLabel !== undefined && { noClass: String(nullLabel) }),
    // Of a network that was always shown what it is given (0), no guidance can be asked.
    ...(labelDropout !== undefined &&
      (conditionChannels > 0 || classes.length > 0) && { labelDropout: String(labelDropout) }),
    use: "x = noise at alpha 0; for each step to alpha', x += (alpha' - alpha) * prediction(x_alpha = x, alpha); x = image at alpha 1",
  };
}
