/**
 * Batches are a function of seed and number; class folders, resizing and the built-in cats that they are made of.
 */
import { describe, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { batchMaker, emptyBatch } from "./batches.ts";
import { createCatDataset } from "./cats.ts";
import { classFolders } from "./classFolders.ts";
import { pixelDataset, readFromMemory } from "./dataset.ts";
import { createResampler } from "./resample.ts";

/** Picture i is [i, i + 100] in a row: its first value tells which, the order of both whether it is mirrored. */
const numbered = (length: number) => {
  const pixels = Uint8Array.from({ length: 2 * length }, (_, i) => (i >> 1) + 100 * (i & 1));
  return pixelDataset({ length, shape: [1, 1, 2], readBytes: readFromMemory(pixels, 2) });
};
const bytesOf = (values: Float32Array) => Array.from(values, (value) => Math.round((value + 1) * 127.5));

describe("batches", () => {
  it("show every picture once before any comes again", () => {
    const options = { seed: 5, batch: 4, flip: false };
    const dataset = numbered(10);
    const make = batchMaker(dataset, options);
    const seen: number[] = [];
    for (let k = 0; k < 5; k++) {
      const out = emptyBatch(dataset.shape, 4);
      make(k, out);
      seen.push(...bytesOf(out.x1).filter((_, i) => i % 2 === 0));
    }
    const inOrder = (part: number[]) => part.toSorted((a, b) => a - b);
    expect(inOrder(seen.slice(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(inOrder(seen.slice(10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen.slice(0, 10)).not.toEqual(seen.slice(10));
  });

  it("are a function of seed and k alone", () => {
    const dataset = numbered(7);
    const make = batchMaker(dataset, { seed: 9, batch: 3, flip: true });
    const [first, again, other] = [0, 1, 2].map(() => emptyBatch(dataset.shape, 3));
    if (!first || !again || !other) throw new Error("three batches");
    make(11, first);
    make(2, again);
    batchMaker(numbered(7), { seed: 9, batch: 3, flip: true })(11, again);
    expect(again).toEqual(first);
    batchMaker(dataset, { seed: 10, batch: 3, flip: true })(11, other);
    expect(other.x0).not.toEqual(first.x0);
  });

  it("do not depend on the size of the batch, sample by sample", () => {
    const dataset = numbered(5);
    const whole = emptyBatch(dataset.shape, 6);
    batchMaker(dataset, { seed: 1, batch: 6, flip: true })(1, whole);
    const half = emptyBatch(dataset.shape, 3);
    batchMaker(dataset, { seed: 1, batch: 3, flip: true })(3, half);
    expect(half.x0).toEqual(whole.x0.slice(6));
    expect(half.x1).toEqual(whole.x1.slice(6));
    expect(half.alpha).toEqual(whole.alpha.slice(3));
  });

  it("mirror about half of the pictures, draw alpha uniformly and noise normally", () => {
    const dataset = numbered(4);
    const n = 2000;
    const out = emptyBatch(dataset.shape, n);
    batchMaker(dataset, { seed: 0, batch: n, flip: true })(0, out);
    const mirrored = bytesOf(out.x1).filter((byte, i) => i % 2 === 0 && byte >= 100).length / n;
    expect(mirrored).toBeGreaterThan(0.45);
    expect(mirrored).toBeLessThan(0.55);
    const mean = (values: Float32Array, of = (value: number) => value) =>
      values.reduce((sum, value) => sum + of(value), 0) / values.length;
    expect(mean(out.alpha)).toBeCloseTo(0.5, 1);
    expect(mean(out.x0)).toBeCloseTo(0, 1);
    expect(mean(out.x0, (value) => value ** 2)).toBeCloseTo(1, 1);
    expect(Math.min(...out.alpha)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...out.alpha)).toBeLessThanOrEqual(1);
  });

  it("work with one picture, and refuse what cannot be", () => {
    const one = numbered(1);
    const out = emptyBatch(one.shape, 3);
    batchMaker(one, { seed: 0, batch: 3, flip: false })(4, out);
    expect(bytesOf(out.x1)).toEqual([0, 100, 0, 100, 0, 100]);
    expect(() => batchMaker(one, { seed: 0, batch: 0, flip: false })).toThrow(DeblendError);
    expect(() => batchMaker(one, { seed: 0, batch: 3, flip: false })(-1, out)).toThrow(DeblendError);
    expect(() => batchMaker(one, { seed: 0, batch: 2, flip: false })(0, out)).toThrow(DeblendError);
  });
});

describe("class folders", () => {
  it.each([
    [["a.png", "b.png"], undefined, []],
    [["x/a.png", "x/b.png"], undefined, []],
    [["cats/a.png", "dogs/b.png"], ["cats", "dogs"], []],
    [["set/10/a.png", "set/9/b.png"], ["9", "10"], []],
    [
      ["m/train/1/a.png", "m/test/0/b.png"],
      ["0", "1"],
      ["test", "train"],
    ],
    [["cats/a.png", "b.png"], undefined, []],
    [["cats/deep/a.png", "dogs/b.png"], ["cats", "dogs"], []],
  ])("%j", (names, classes, splits) => {
    const found = classFolders(names);
    expect(found.classes).toEqual(classes);
    expect(found.splits).toEqual(splits);
  });
  it("labels point at the classes", () => {
    expect(classFolders(["d/1.png", "c/2.png", "d/3.png"]).labels).toEqual([1, 0, 1]);
  });
});

describe("resampling", () => {
  it("keeps flat areas flat and crops the centre", () => {
    const flat = createResampler(1, [5, 9], [7, 7])(new Uint8Array(45).fill(200));
    expect(new Set(flat)).toEqual(new Set([200]));
    const columns = Uint8Array.from({ length: 2 * 6 }, (_, i) => [0, 0, 90, 90, 255, 255][i % 6] ?? 0);
    expect([...createResampler(1, [2, 6], [2, 2])(columns)]).toEqual([90, 90, 90, 90]);
  });
});

it("enlarging keeps the middle in the middle", () => {
  const ramp = Uint8Array.from({ length: 8 }, (_, i) => 40 + 20 * i);
  const wide = createResampler(1, [1, 8], [2, 16])(ramp).subarray(0, 16);
  wide.forEach((value, i) => {
    expect(Math.abs(value + (wide[15 - i] ?? 0) - 220)).toBeLessThanOrEqual(1);
  });
});

describe("cats", () => {
  it("are the same each time and different from each other", () => {
    const [one, two] = [createCatDataset({ size: 16, seed: 2 }), createCatDataset({ size: 16, seed: 2 })];
    const read = (set: typeof one, index: number) => {
      const out = new Float32Array(3 * 16 * 16);
      set.read(index, out);
      return out;
    };
    expect(read(one, 7)).toEqual(read(two, 7));
    const distinct = new Set(Array.from({ length: 100 }, (_, i) => read(one, i).join()));
    expect(distinct.size).toBe(100);
  });
  it("refuse sizes that cannot be drawn", () => {
    expect(() => createCatDataset({ size: 4 })).toThrow("from 8 to 1024, but got 4");
    expect(() => createCatDataset({ size: 16, count: 0 })).toThrow("at least 1, but got 0");
  });
});
