/**
 * Networks have the parameters and first weights that they declare; configurations that cannot be are refused by name.
 */
import { expect, it } from "vitest";
import { evaluate, input } from "../tensor/index.ts";
import { countParameters, initialise, mlp, parseUNetConfig, presetConfig, presets, unet } from "./index.ts";

it.each(Object.entries(presets))("the preset %s has the parameters it declares", (name, { parameters }) => {
  const config = presetConfig(name as keyof typeof presets, { size: [64, 64], channels: 3 });
  expect(countParameters(unet(config))).toBe(parameters);
});

it("fresh weights are PyTorch's: uniform within 1 / sqrt(fan in), norms 1 and 0, the same for a seed", () => {
  const network = unet(presetConfig("tiny", { size: [16, 16], channels: 3 }));
  const weights = initialise(network, 3);
  const conv = weights.get("mid_block.resnets.0.conv1.weight") ?? new Float32Array();
  const bound = 1 / Math.sqrt(64 * 9);
  expect(Math.max(...conv.map(Math.abs))).toBeLessThanOrEqual(bound);
  const deviation = Math.sqrt(conv.reduce((sum, value) => sum + value * value, 0) / conv.length);
  expect(deviation).toBeCloseTo(bound / Math.sqrt(3), 3);
  expect(weights.get("conv_norm_out.weight")?.every((value) => value === 1)).toBe(true);
  expect(initialise(network, 3)).toEqual(weights);
  expect(initialise(network, 4)).not.toEqual(weights);
});

it("the tutorial's perceptron is 3-64-64-64-64-2", () => {
  const network = mlp();
  expect(countParameters(network)).toBe(3 * 64 + 64 + 3 * (64 * 64 + 64) + 64 * 2 + 2);
  const weights = initialise(network, 0);
  const inputs = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const [x, alpha] = [input("x", [5, 2]), input("alpha", [1])];
  const out = network.apply(inputs, x, alpha);
  expect(out.shape).toEqual([5, 2]);
  const feeds = new Map(
    [...inputs].map(([name, tensor]) => [tensor, Float64Array.from(weights.get(name) ?? [])]),
  );
  feeds.set(x, new Float64Array(10).fill(0.5)).set(alpha, Float64Array.of(0.3));
  const [values] = evaluate([out], feeds);
  expect(values?.every(Number.isFinite)).toBe(true);
});

it.each([
  [{ unknown: 1 }, /unknown/],
  [{ down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"] }, /CrossAttnDownBlock2D/],
  [{ norm_num_groups: 7 }, /norm_num_groups is 7/],
  [{ attention_head_dim: 5 }, /attention_head_dim is 5/],
  [{ sample_size: 9 }, /multiples of 2/],
  [{ sample_size: "9x" }, /sample_size is "9x": expected a side in pixels, or \[height, width\]/],
  [{ act_fn: "gelu" }, /act_fn is "gelu": expected "silu" or "swish"/],
  [{ dropout: 0.1 }, /dropout is 0.1: expected 0/],
  [{ block_out_channels: [] }, /block_out_channels is \[\]: expected a list of at least 1/],
  [{ layers_per_block: 1.5 }, /layers_per_block is 1.5: expected a whole number/],
  [{ down_block_types: undefined }, /down_block_types is missing: expected a list/],
  [{ freq_shift: 8 }, /freq_shift is 8, half of the first/],
])("a configuration with %j is refused by name", (change, message) => {
  const config = {
    sample_size: 8,
    block_out_channels: [16, 16],
    norm_num_groups: 4,
    down_block_types: ["DownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "UpBlock2D"],
  };
  expect(() => parseUNetConfig({ ...config, ...change })).toThrow(message);
});

it.each([
  [{ add_attention: true }, 24],
  [{ down_block_types: ["AttnDownBlock2D", "DownBlock2D"] }, 12],
  // Up blocks begin at the coarsest level.
  [{ up_block_types: ["AttnUpBlock2D", "UpBlock2D"] }, 24],
  [{ up_block_types: ["UpBlock2D", "AttnUpBlock2D"] }, 12],
])("attention_head_dim must divide the channels where there is attention: %j", (change, channels) => {
  const plain = {
    ...{ block_out_channels: [12, 24], norm_num_groups: 4, add_attention: false },
    down_block_types: ["DownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "UpBlock2D"],
  };
  const head = (size: number) => parseUNetConfig({ ...plain, ...change, attention_head_dim: size });
  // 8 divides the 24 and not the 12, so that it depends on the level alone.
  if (channels === 24) expect(head(8).attention_head_dim).toBe(8);
  else expect(() => head(8)).toThrow(/attention_head_dim is 8, which does not divide the 12/);
  expect(() => head(5)).toThrow(`does not divide the ${channels}`);
  expect(parseUNetConfig({ ...plain, attention_head_dim: 5 }).attention_head_dim).toBe(5);
});
