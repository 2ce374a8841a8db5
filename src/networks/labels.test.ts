/**
 * Labels as diffusers has them: a row of `class_embedding.weight` is added to the time vector, after its network. So a
 * network with label l is the one without labels whose last time bias is larger by row l.
 */
import { expect, it } from "vitest";
import { evaluate, input } from "../tensor/index.ts";
import { initialise, parseUNetConfig, unet } from "./index.ts";

const plain = {
  block_out_channels: [4, 8],
  layers_per_block: 1,
  norm_num_groups: 2,
  add_attention: false,
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
};

const labelled = unet(parseUNetConfig({ ...plain, num_class_embeds: 3 }));
const without = unet(parseUNetConfig(plain));
const weights = initialise(labelled, 3);
const x = input("x", [2, 3, 4, 4]);
const alpha = input("alpha", [2]);
const label = input("label", [2]);
const values = Float64Array.from({ length: 96 }, (_, i) => Math.sin(i));

function predict(network: typeof labelled, numbers: typeof weights, labels?: number[]): Float64Array {
  const parameters = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const y = network.apply(parameters, x, alpha, undefined, labels && label);
  const feeds = new Map([
    ...network.parameters.map(
      ({ name }) => [parameters.get(name) ?? x, Float64Array.from(numbers.get(name) ?? [])] as const,
    ),
    ...([
      [x, values],
      [alpha, Float64Array.of(0.3, 0.8)],
      [label, Float64Array.from(labels ?? [])],
    ] as const),
  ]);
  return evaluate([y], feeds)[0] ?? new Float64Array();
}

it("has one more parameter, a row for each number, after the time network's", () => {
  const names = labelled.parameters.map(({ name }) => name);
  expect(names.indexOf("class_embedding.weight")).toBe(names.indexOf("time_embedding.linear_2.bias") + 1);
  expect(labelled.parameters.find(({ name }) => name === "class_embedding.weight")?.shape).toEqual([3, 16]);
});

it("adds the row to the time vector", () => {
  const found = predict(labelled, weights, [2, 0]);
  [2, 0].forEach((row, i) => {
    const bias = weights.get("time_embedding.linear_2.bias") ?? new Float32Array();
    const table = weights.get("class_embedding.weight") ?? new Float32Array();
    const shifted = new Map(weights).set(
      "time_embedding.linear_2.bias",
      bias.map((value, k) => value + (table[row * 16 + k] ?? 0)),
    );
    const expected = predict(without, shifted).subarray(48 * i, 48 * (i + 1));
    expected.forEach((value, k) => {
      expect(Math.abs(value - (found[48 * i + k] ?? Number.NaN))).toBeLessThan(1e-5);
    });
  });
});

it("says what is missing or too much", () => {
  expect(() => predict(labelled, weights)).toThrow(/needs a label for each image, a number from 0 to 2/);
  expect(() => predict(without, weights, [0, 1])).toThrow(/takes no label/);
});
