/**
 * Models as `deblend export` writes them: some with directions that can be checked by hand (D = target - x, so that one
 * step of Euler's method from alpha = 0 lands on the target whatever the noise), some with a real network of random weights.
 */
import {
  buildOnnxModel,
  freshState,
  generic,
  lower,
  onnxMetadata,
  parseTask,
  parseUNetConfig,
  tensor,
  type UNetConfig,
  type UNetConfigInput,
  unet,
} from "../../src/index.ts";

const { add, input, mul, reshape, scalar, sub } = tensor;
const SIDE = 8;
/** The smallest network that has all kinds of layers but attention. */
const NETWORK = {
  sample_size: SIDE,
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
  block_out_channels: [4, 8],
  layers_per_block: 1,
  norm_num_groups: 2,
  add_attention: false,
} as const satisfies Partial<UNetConfigInput>;
const networkConfig = (options: object): UNetConfig => parseUNetConfig({ ...NETWORK, ...options });

/** A number an image, left open in how many there are. */
const perImage = (name: string) => reshape(input(name, [2]), [-1, 1, 1, 1]);

const file = (
  channels: number,
  target: tensor.Tensor,
  inputs: readonly string[],
  metadata: Record<string, string> = {},
) => {
  const direction = sub(target, input("x_alpha", [2, channels, SIDE, SIDE]));
  const prediction = add(direction, mul(perImage("alpha"), scalar(0)));
  return lower(
    { prediction },
    { target: generic, dynamicBatch: ["x_alpha", "alpha", "prediction", ...inputs], metadata },
  ).bytes;
};

/** Generates its condition, [3, 8, 8]. */
export const conditionalModel = () => file(3, input("condition", [2, 3, SIDE, SIDE]), ["condition"]);

const FRUIT = ["apple", "pear", "plum"];

/** Generates the gray class / 4 of three classes; without a class, the gray 3 / 4. */
export const classModel = (labelDropout = 0.1) =>
  file(
    1,
    mul(perImage("class"), scalar(0.25)),
    ["class"],
    onnxMetadata(
      networkConfig({
        ...{ in_channels: 1, out_channels: 1, num_class_embeds: 4 },
        _deblend: { task: "class", classes: FRUIT, labelDropout },
      }),
    ),
  );

/** A real network for a task, as `deblend export` writes it, with the weights that a seed gives. */
export function exported(task: string, { channels = 3, labelDropout = 0 } = {}): Uint8Array {
  const { isLabelled, conditionChannels: ofTask } = parseTask(task);
  const conditionChannels = ofTask(channels, channels);
  const config = networkConfig({
    ...{ in_channels: channels + conditionChannels, out_channels: channels },
    ...(isLabelled && { num_class_embeds: FRUIT.length + 1 }),
    _deblend: { task, labelDropout, ...(isLabelled && { classes: FRUIT }) },
  });
  const network = unet(config);
  const fresh = freshState(network, 1);
  const weights = new Map(
    network.parameters.map(({ name }) => [name, fresh("weights", name) ?? new Float32Array()] as const),
  );
  return buildOnnxModel(network, weights, {
    ...{ event: [channels, SIDE, SIDE], isLabelled, metadata: onnxMetadata(config) },
    condition: conditionChannels > 0 ? [conditionChannels, SIDE, SIDE] : undefined,
  });
}

/** A graph that is no generator at all. */
export const otherModel = () =>
  lower({ y: mul(input("picture", [1, 3]), scalar(2)) }, { target: generic }).bytes;
