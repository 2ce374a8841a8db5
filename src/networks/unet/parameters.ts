/**
 * The parameters of the U-Net: names and shapes of diffusers' state dict, in its order.
 */
import { convParameters, embeddingParameters, linearParameters, normParameters } from "../layers.ts";
import type { ParameterSpec } from "../network.ts";
import type { UNetConfig } from "./config.ts";
import { type Level, type Part, unetParts } from "./parts.ts";

/** Every parameter of the network that a configuration describes. */
export function unetParameters(config: UNetConfig): ParameterSpec[] {
  const { convIn, time, down, mid, up, norm, convOut } = unetParts(config);
  const resnet = ({ name, inputs, outputs }: Part) => [
    ...normParameters(`${name}.norm1`, inputs),
    ...convParameters(`${name}.conv1`, inputs, outputs, 3),
    ...linearParameters(`${name}.time_emb_proj`, time.hidden, outputs),
    ...normParameters(`${name}.norm2`, outputs),
    ...convParameters(`${name}.conv2`, outputs, outputs, 3),
    ...(inputs === outputs ? [] : convParameters(`${name}.conv_shortcut`, inputs, outputs, 1)),
  ];
  const attention = ({ name, outputs }: Part) => [
    ...normParameters(`${name}.group_norm`, outputs),
    ...["to_q", "to_k", "to_v", "to_out.0"].flatMap((part) =>
      linearParameters(`${name}.${part}`, outputs, outputs),
    ),
  ];
  const level = ({ resnets, attentions, resample }: Level) => [
    ...attentions.flatMap(attention),
    ...resnets.flatMap(resnet),
    ...(resample ? convParameters(resample.name, resample.inputs, resample.outputs, 3) : []),
  ];
  return [
    ...convParameters(convIn.name, convIn.inputs, convIn.outputs, 3),
    ...linearParameters("time_embedding.linear_1", time.embedding, time.hidden),
    ...linearParameters("time_embedding.linear_2", time.hidden, time.hidden),
    ...(config.num_class_embeds === null
      ? []
      : embeddingParameters("class_embedding", config.num_class_embeds, time.hidden)),
    ...down.flatMap(level),
    ...up.flatMap(level),
    ...(mid.attention ? attention(mid.attention) : []),
    ...mid.resnets.flatMap(resnet),
    ...normParameters(norm.name, norm.outputs),
    ...convParameters(convOut.name, convOut.inputs, convOut.outputs, 3),
  ];
}
