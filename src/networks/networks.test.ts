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
  [{ act_fn: "gelu" }, /act_fn is "gelu"/],
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
