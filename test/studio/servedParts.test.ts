/**
 * The parts of the served train page that need no browser: the form from the schema, the curves.
 */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseRunConfig, runConfigSchema } from "../../src/training/index.ts";
import {
  type ConfigSchema,
  configFields,
  filledIn,
} from "../../studio/src/pages/train/server/configFields.ts";
import {
  domainsOf,
  drawable,
  extent,
  nearest,
  smoothed,
} from "../../studio/src/pages/train/server/curves.ts";
import { duration } from "../../studio/src/pages/train/server/words.ts";

const schema = z.toJSONSchema(runConfigSchema, { io: "input" }) as unknown as ConfigSchema;
const { first, folded } = configFields(schema);
const fields = [...first, ...folded.flatMap((group) => group.fields)];
const field = (key: string) => fields.find((one) => one.key === key);

describe("the form of a new run", () => {
  it("has every key of the schema once, with its description", () => {
    expect(fields.map(({ key }) => key).sort()).toEqual(Object.keys(runConfigSchema.shape).sort());
    for (const { description } of fields) expect(description).not.toBe("");
    expect(fields.filter(({ isRequired }) => isRequired).map(({ key }) => key)).toEqual(["data"]);
  });

  it("shows a key that it has never heard of", () => {
    const properties = { ...schema.properties, novelty: { type: "integer", default: 3 } };
    const groups = configFields({ ...schema, properties }).folded;
    expect(groups.at(-1)?.fields.map(({ key }) => key)).toContain("novelty");
  });

  it("knows what kind of value each takes", () => {
    expect(field("learningRate")).toMatchObject({
      kind: "number",
      label: "Learning rate",
      standard: "0.001",
    });
    expect(field("size")).toMatchObject({ kind: "text", standard: "32" });
    expect(field("model")).toMatchObject({ kind: "choice", standard: "small" });
    expect(field("model")?.choices).toContain("official");
    expect(field("flip")).toMatchObject({ kind: "switch", standard: "false" });
  });

  it("gives a configuration that the schema takes, without what is default", () => {
    const texts = {
      ...{ data: " builtin:cats ", size: "16x24", model: "tiny", steps: "60", learningRate: "2e-3" },
      ...{ flip: true, strict: false, emaWarmup: false, batch: "", device: "" },
    };
    const config = filledIn(fields, texts);
    expect(config).toEqual({
      ...{ data: "builtin:cats", size: [16, 24], model: "tiny", steps: 60, learningRate: 2e-3 },
      ...{ flip: true, emaWarmup: false },
    });
    expect(parseRunConfig(config)).toMatchObject({ steps: 60, batch: 32, emaWarmup: false });
  });

  it("leaves what is no number for the server to refuse", () => {
    expect(() => parseRunConfig(filledIn(fields, { data: "x", steps: "many" }))).toThrow('got "many"');
  });
});

describe("curves", () => {
  it("are smoothed without being moved", () => {
    const fall = Array.from({ length: 50 }, (_, i) => 100 - i);
    const mean = smoothed(fall, 5);
    expect(mean.slice(0, 45)).toEqual(fall.slice(0, 45));
    expect(mean).toHaveLength(50);
    expect(smoothed([1, 5, 0], 1)).toEqual([1, 2, 2.5]);
    expect(smoothed([1, 5, 0], 0)).toEqual([1, 5, 0]);
    expect(smoothed([], 3)).toEqual([]);
  });

  it("have room around them", () => {
    expect(extent([3, 1, 2])).toEqual([1, 3]);
    expect(extent([])).toEqual([0, 1]);
    const [low, high] = extent([2]);
    expect(low < 2 && high > 2).toBe(true);
  });

  it("leave out a run without numbers, which has no say in the axes", () => {
    const empty = { name: "empty", x: [], y: [] };
    const full = { name: "full", x: [10, 20, 30], y: [4, 0, 2] };
    for (const isLog of [false, true]) {
      const drawn = drawable([empty, full], isLog);
      expect(drawn.map(({ name, index }) => [name, index])).toEqual([["full", 1]]);
      expect(domainsOf(drawn, isLog)).toEqual({ x: [10, 30], y: isLog ? [2, 4] : [0, 4] });
    }
    expect(drawable([empty], true)).toEqual([]);
    // What JSON cannot say is null there; a run of nothing but zeros has no place on a logarithmic axis.
    expect(drawable([{ name: "odd", x: [1, 2], y: [Number.NaN, 3] }], false)[0]).toMatchObject({
      x: [2],
      y: [3],
    });
    expect(drawable([{ name: "zeros", x: [1], y: [0] }], true)).toEqual([]);
    const [low] = domainsOf(drawable([{ name: "small", x: [1], y: [1e-9] }], true), true).y;
    expect(low).toBeGreaterThan(0);
  });

  it("are read off at the nearest point", () => {
    const x = [10, 20, 40];
    expect([-5, 14, 16, 29, 31, 99].map((at) => nearest(x, at))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

it("says durations as people do", () => {
  expect([7, 200, 7500].map(duration)).toEqual(["7 s", "3 min 20 s", "2 h 5 min"]);
});
