/**
 * Batches with conditions and labels: pairs stay together, dropped ones are shown as none, held-out pictures never come.
 */
import { expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { batchMaker, emptyBatch } from "./batches.ts";
import { pixelDataset } from "./dataset.ts";
import { datasetPart } from "./heldOut.ts";

/** Picture i holds 10 i + x in every row, its partner 5 more. */
const pairs = (length: number) =>
  pixelDataset({
    length,
    shape: [2, 2, 4],
    readBytes: (index, out) => out.set(out.map((_, i) => 10 * index + (i % 4) + (i >= 8 ? 5 : 0))),
  });

const labelled = (length: number) =>
  pixelDataset({
    ...{ length, shape: [1, 2, 2] as const, classes: ["a", "b", "c"] },
    labels: Uint8Array.from({ length }, (_, i) => i % 3),
    readBytes: (index, out) => out.fill(index),
  });

it("mirrors and keeps both halves of a pair together", () => {
  const task = { task: "paired", targetChannels: 1 };
  const out = emptyBatch([2, 2, 4], 64, task);
  batchMaker(pairs(8), { ...task, seed: 2, batch: 64, flip: true })(0, out);
  const bytes = (values: Float32Array) => values.map((value) => Math.round((value + 1) * 127.5));
  const [targets, conditions] = [bytes(out.x1), bytes(out.condition ?? new Float32Array())];
  expect(conditions).toEqual(targets.map((value) => value + 5));
  const starts = new Set(targets.filter((_, i) => i % 4 === 0).map((value) => value % 10));
  expect([...starts].sort()).toEqual([0, 3]);
});

it("shows a dropped condition as zeros and a dropped label as the one behind the last", () => {
  const count = 600;
  const task = { task: "paired", targetChannels: 1 };
  const out = emptyBatch([2, 2, 4], count, task);
  batchMaker(pairs(8), { ...task, seed: 2, batch: count, flip: false, labelDropout: 0.25 })(0, out);
  const rows = Array.from({ length: count }, (_, i) => out.condition?.subarray(8 * i, 8 * (i + 1)) ?? []);
  const dropped = rows.filter((row) => row.every((value) => value === 0)).length;
  expect(dropped / count).toBeGreaterThan(0.18);
  expect(dropped / count).toBeLessThan(0.32);

  const labels = emptyBatch([1, 2, 2], count, { task: "class" });
  const options = { task: "class", seed: 2, batch: count, flip: false };
  batchMaker(labelled(30), { ...options, labelDropout: 0.25 })(0, labels);
  const all = labelled(30);
  labels.label?.forEach((label, i) => {
    const picture = Math.round(((labels.x1[4 * i] ?? 0) + 1) * 127.5);
    expect([all.label?.(picture), 3]).toContain(label);
  });
  expect(labels.label?.filter((label) => label === 3).length).toBe(dropped);
  batchMaker(labelled(30), options)(0, labels);
  expect(labels.label?.some((label) => label === 3)).toBe(false);
});

it("leaves every N-th picture out, and only those", () => {
  const all = labelled(25);
  const out = emptyBatch([1, 2, 2], 23, { task: "class" });
  batchMaker(all, { task: "class", seed: 0, batch: 23, flip: false, holdOut: 10 })(0, out);
  const seen = new Set([...out.x1].map((value) => Math.round((value + 1) * 127.5)));
  expect(seen.size).toBe(23);
  expect(seen.has(9) || seen.has(19)).toBe(false);
  const held = datasetPart(all, 10, "held-out");
  expect(held.length).toBe(2);
  expect([held.label?.(0), held.label?.(1)]).toEqual([0, 1]);
  expect(() => datasetPart(labelled(5), 10, "held-out")).toThrow(DeblendError);
  expect(() => datasetPart(all, 1, "training")).toThrow(DeblendError);
});
