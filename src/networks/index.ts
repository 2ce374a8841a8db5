/**
 * Networks: configuration to parameters and an expression of them.
 */

export { type ClassifierConfig, type ClassifierNetwork, classifier } from "./classifier.ts";
export { type MlpConfig, mlp, tutorialMlp } from "./mlp.ts";
export {
  countParameters,
  freshWeights,
  initialise,
  type Network,
  type ParameterSpec,
  type Weights,
} from "./network.ts";
export {
  parseUNetConfig,
  sampleSize,
  type UNetConfig,
  UNetConfigError,
  type UNetConfigInput,
  unetConfigSchema,
} from "./unet/config.ts";
export { type PresetName, type PresetShape, presetConfig, presets } from "./unet/presets.ts";
export { type UNet, unet } from "./unet/unet.ts";
