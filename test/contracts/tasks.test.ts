/**
 * The contract of every task: its word means itself, its conditions have the shape that it says, depend on the picture and
 * the draw alone, turn with the picture, and a parameter that means nothing is one sentence.
 */
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/batch.ts";
import {
  exampleShapes,
  type Picture,
  type PictureShape,
  parseTask,
  type Task,
  taskKinds,
  writeExample,
} from "../../src/data/index.ts";
import { DeblendError } from "../../src/errors.ts";
import { fillUniform } from "../../src/random/index.ts";

const SIZE = [16, 12] as const;
const CHANNELS = 3;
const PAIRED = 1;
const KEY = { seed: 5, index: 3 };

function picture(shape: PictureShape, index = 0): Picture {
  const data = new Float32Array(sizeOf(shape));
  fillUniform(data, { seed: 1, purpose: "network-probe", index });
  return { data: data.map((u) => 2 * u - 1), shape };
}

const mirrored = (data: Float32Array, width: number) =>
  data.map((_, i) => data[i - (i % width) + width - 1 - (i % width)] ?? 0);

function example(task: Task, source: Float32Array, key = KEY) {
  const shapes = exampleShapes(task, CHANNELS, PAIRED, SIZE);
  const target = new Float32Array(sizeOf(shapes.target));
  const condition = new Float32Array(shapes.condition === undefined ? 0 : sizeOf(shapes.condition));
  writeExample(task, shapes, source, { target, condition }, key);
  return { target, condition };
}

/** Every kind as it is by default, and with parameters. */
const spelt = [
  ...taskKinds.map(({ name }) => name),
  ...["superres:2", "superres:4:nearest", "inpaint:strokes", "deblur:0.5"],
];

describe.each(spelt)("%s", (word) => {
  const task = parseTask(word);
  const shapes = exampleShapes(task, CHANNELS, PAIRED, SIZE);
  const source = picture(shapes.source).data;

  it("is the same under its full name", () => {
    expect(parseTask(task.spelling).spelling).toBe(task.spelling);
    expect(task.spelling.split(":")[0]).toBe(task.name);
  });

  it("leaves the target as it is and gives a condition of the shape that it says", () => {
    const { target, condition } = example(task, source);
    expect(target).toEqual(source.slice(0, target.length));
    expect(condition.length).toBe(task.conditionChannels(CHANNELS, PAIRED) * SIZE[0] * SIZE[1]);
    if (shapes.condition === undefined) return;
    expect(condition.every((value) => value >= -1 - 1e-6 && value <= 1 + 1e-6)).toBe(true);
    expect(condition.some((value) => value !== 0)).toBe(true);
  });

  it("depends on the picture and the draw alone", () => {
    expect(example(task, source)).toEqual(example(task, source));
    if (shapes.condition === undefined) return;
    const other = picture(shapes.source, 1).data;
    expect(example(task, other).condition).not.toEqual(example(task, source).condition);
  });

  it("mirrors the condition with the picture", () => {
    // A hole is drawn anew for every sample, so it does not turn with the picture.
    if (task.name === "inpaint") return;
    const { condition } = example(task, source);
    const turned = example(task, mirrored(source, SIZE[1])).condition;
    mirrored(condition, SIZE[1]).forEach((value, i) => {
      expect(Math.abs(value - (turned[i] ?? Number.NaN))).toBeLessThan(1e-6);
    });
  });

  it("refuses a parameter that means nothing", () => {
    const name = word.split(":")[0];
    for (const wrong of ["nonsense", "4:nonsense:more"]) {
      expect(() => parseTask(`${name}:${wrong}`)).toThrow(DeblendError);
    }
  });
});

describe("inpaint", () => {
  it.each(["box", "strokes"])("draws another hole of %s for every sample, inside the picture", (shape) => {
    const task = parseTask(`inpaint:${shape}`);
    const source = picture([CHANNELS, ...SIZE]).data;
    const plane = SIZE[0] * SIZE[1];
    const holes = [0, 1, 2, 3].map((index) => {
      const { condition } = example(task, source, { seed: 5, index });
      const mask = condition.subarray(CHANNELS * plane);
      mask.forEach((value, i) => {
        expect(Math.abs(value)).toBe(1);
        expect(condition[i]).toBe(value === 1 ? 0 : source[i]);
      });
      const inside = mask.filter((value) => value === 1).length;
      expect(inside).toBeGreaterThan(0);
      expect(inside).toBeLessThan(plane);
      return mask.join();
    });
    expect(new Set(holes).size).toBe(4);
  });
});

it("super-resolution keeps a constant picture, and a straight ramp inside the edges", () => {
  const task = parseTask("superres:4");
  const flat = new Float32Array(3 * 256).fill(0.25);
  const out = new Float32Array(3 * 256);
  task.degrade?.({ data: flat, shape: [3, 16, 16] }, out, KEY);
  for (const value of out) expect(value).toBeCloseTo(0.25, 6);
  const ramp = Float32Array.from({ length: 256 }, (_, i) => (i % 16) / 16 - 0.5);
  const enlarged = new Float32Array(256);
  task.degrade?.({ data: ramp, shape: [1, 16, 16] }, enlarged, KEY);
  for (let x = 6; x < 10; x++) expect(enlarged[x]).toBeCloseTo(ramp[x] ?? 0, 6);
});

it("a blur keeps the mean of a picture that is flat at its edges", () => {
  const data = new Float32Array(31 * 31);
  data[15 * 31 + 15] = 1;
  const out = new Float32Array(data.length);
  parseTask("deblur:2").degrade?.({ data, shape: [1, 31, 31] }, out, KEY);
  expect(out.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  // The standard deviation that was asked for, along a row.
  const variance = out.reduce((sum, value, i) => sum + value * ((i % 31) - 15) ** 2, 0);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 1);
});

it("an unknown task is told what there is", () => {
  expect(() => parseTask("sharpen")).toThrow(/sharpen is unknown: choose unconditional, paired, superres/);
});
