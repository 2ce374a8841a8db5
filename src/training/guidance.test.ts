/**
 * Classifier-free guidance: one call of the network, and the line through both predictions.
 */
import { expect, it } from "vitest";
import type { Batch, Deblender } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { parseUNetConfig } from "../networks/index.ts";
import { givenFor, guided } from "./guidance.ts";
import { checkGiven, labelOf, purposeOf } from "./purpose.ts";
import { sample } from "./sample.ts";

const batch = (n: number, value: (i: number) => number): Batch => ({
  data: Float32Array.from({ length: n * 4 }, (_, i) => value(i)),
  shape: [n, 1, 2, 2],
});

/** Predicts its condition plus ten times its label, and counts its calls. */
function counting() {
  const sizes: number[] = [];
  const deblend: Deblender = async (x, _, condition, label) => {
    sizes.push(x.shape[0]);
    return {
      data: x.data.map((_, i) => (condition?.data[i] ?? 0) + 10 * (label?.[Math.floor(i / 4)] ?? 0)),
      shape: x.shape,
    };
  };
  return { deblend, sizes };
}

it("follows D_none + w (D_given - D_none) with one doubled call", async () => {
  const { deblend, sizes } = counting();
  const given = { condition: batch(2, (i) => i), label: Float32Array.of(1, 2), nullLabel: 5 };
  const x = batch(2, () => 0);
  const at = async (weight: number) => (await guided(deblend, given, weight)(x, 0.5)).data;
  const none = Float32Array.from({ length: 8 }, () => 50);
  const full = Float32Array.from({ length: 8 }, (_, i) => i + (i < 4 ? 10 : 20));
  expect(await at(0)).toEqual(none);
  expect(await at(1)).toEqual(full);
  expect(await at(3)).toEqual(none.map((value, i) => value + 3 * ((full[i] ?? 0) - value)));
  expect(sizes).toEqual([4, 2, 4]);
  expect(() => guided(deblend, given, -1)).toThrow(DeblendError);
  expect(guided(deblend, {}, 2)).toBe(deblend);
});

it("gives every image its own, whatever the batch", async () => {
  const given = { condition: batch(5, (i) => i / 40), label: Float32Array.of(0, 1, 2, 0, 1), nullLabel: 3 };
  const options = { event: [1, 2, 2], count: 5, seed: 4, steps: 3, given, guidance: 2 };
  const draw = (size: number) => sample(counting().deblend, { ...options, batch: size });
  const whole = await draw(5);
  expect(await draw(2)).toEqual(whole);
  expect(await draw(1)).toEqual(whole);
  expect(givenFor(given, 3, 2).label).toEqual(Float32Array.of(0, 1));
});

it("starts variations of one image from other noise, and the same ones always from the same", async () => {
  const draw = (noiseOf: (image: number) => { index: number; variation?: number }, count: number) =>
    sample(counting().deblend, { event: [1, 2, 2], count, batch: 4, seed: 1, steps: 1, noiseOf });
  const four = await draw((i) => ({ index: Math.floor(i / 2), variation: i % 2 }), 4);
  const six = await draw((i) => ({ index: Math.floor(i / 3), variation: i % 3 }), 6);
  const image = ({ data }: Batch, i: number) => data.subarray(4 * i, 4 * i + 4);
  expect(image(four, 2)).toEqual(image(six, 3));
  expect(image(four, 0)).not.toEqual(image(four, 1));
});

const network = {
  down_block_types: ["DownBlock2D"],
  up_block_types: ["UpBlock2D"],
  block_out_channels: [8],
  norm_num_groups: 4,
};

it("knows what a network is for, and says what it takes", () => {
  const named = purposeOf(
    parseUNetConfig({
      ...network,
      num_class_embeds: 3,
      _deblend: { task: "class", classes: ["cat", "dog"] },
    }),
  );
  expect(named).toMatchObject({ classes: ["cat", "dog"], nullLabel: 2, conditionChannels: 0 });
  expect(labelOf(named, "dog")).toBe(1);
  expect(() => labelOf(named, "cow")).toThrow("The model has no class cow: it has cat, dog.");
  const shape = [1, 3, 8, 8] as const;
  expect(() => checkGiven(named, { shape: [...shape] }, { label: Float32Array.of(3) })).toThrow(
    /0 \(cat\), 1 \(dog\), 2 \(none\)/,
  );
  expect(() => checkGiven(named, { shape: [...shape] }, {})).toThrow(/was given none/);
  checkGiven(named, { shape: [...shape] }, { label: Float32Array.of(2) });

  const imported = purposeOf(parseUNetConfig({ ...network, in_channels: 4 }));
  expect(imported).toMatchObject({ conditionChannels: 1, task: { name: "paired" } });
  const wrong = { condition: batch(1, () => 0) };
  expect(() => checkGiven(imported, { shape: [...shape] }, wrong)).toThrow(
    "takes a condition of shape [1, 1, 8, 8]",
  );
  expect(purposeOf(parseUNetConfig({ ...network, num_class_embeds: 3 }))).toMatchObject({
    classes: ["0", "1", "2"],
    nullLabel: undefined,
  });
});
