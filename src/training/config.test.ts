/**
 * A run's configuration: defaults filled in, presets spelt out, and what cannot be refused by its key.
 */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DeblendError } from "../errors.ts";
import { ConfigError, parseRunConfig, runConfigSchema } from "./config.ts";

const refused = (value: unknown): ConfigError => {
  try {
    parseRunConfig(value);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error("It was accepted.");
};

describe("a run's configuration", () => {
  it("is complete with the data alone, and spells the network out", () => {
    const config = parseRunConfig({ data: "images" });
    expect(config).toMatchObject({ size: 32, batch: 32, learningRate: 1e-3, optimiser: "adamw", seed: 0 });
    expect(config.model).toMatchObject({ sample_size: 32, in_channels: 3 });
  });

  it("reads what it wrote", () => {
    const config = parseRunConfig({ data: "images", channels: "gray", size: [16, 32], model: "tiny" });
    expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual(JSON.parse(JSON.stringify(config)));
  });

  it("takes the official code's recipe with the official network, under what is given", () => {
    expect(parseRunConfig({ data: "images", model: "official", batch: 2 })).toMatchObject({
      ...{ size: 64, flip: true, loss: "sum", optimiser: "adam", learningRate: 1e-4, schedule: "constant" },
      batch: 2,
    });
  });

  it("takes the size of the images from the network where it says one", () => {
    const { model } = parseRunConfig({ data: "images", model: "tiny", size: 8 });
    expect(parseRunConfig({ data: "images", model }).size).toBe(8);
    expect(refused({ data: "images", model, size: 16 }).key).toBe("size");
    expect(refused({ data: "images", model, channels: "gray" }).message).toContain(
      "1, but the network takes 3",
    );
  });

  it("refuses options of pairs for other tasks", () => {
    for (const [key, value] of [
      ["split", "left-right"],
      ["conditionFrom", "map"],
      ["targetFrom", "sat"],
      ["conditionChannels", "gray"],
    ] as const) {
      const { key: named, message } = refused({ data: "images", task: "superres", [key]: value });
      expect(named).toBe(key);
      expect(message).toContain(`${key}: it is for --task paired, but the task is superres:4`);
    }
    const pairs = { data: "builtin:streets", task: "paired", conditionChannels: "gray" } as const;
    expect(parseRunConfig(pairs).model.in_channels).toBe(4);
  });

  it("tells the network what it is trained for, newly where it was another's", () => {
    const first = parseRunConfig({ data: "images", task: "colorize", labelDropout: 0.2 });
    expect(first.model._deblend).toEqual({ task: "colorize", labelDropout: 0.2 });
    const { model } = first;
    const second = parseRunConfig({ data: "images", task: "colorize", model });
    expect(second.model._deblend).toEqual({ task: "colorize", labelDropout: 0 });
  });

  it.each([
    [{}, "data", "data"],
    [{ data: "images", steps: 0 }, "steps", "but got 0"],
    [{ data: "images", batch: 2.5 }, "batch", "but got 2.5"],
    [{ data: "images", learningRate: "fast" }, "learningRate", 'but got "fast"'],
    [{ data: "images", model: "huge" }, "model", "official, small, tiny"],
    [{ data: "images", learning_rate: 1 }, "", "learning_rate is unknown"],
    [{ data: "images", size: [8, 0] }, "size", "but got [8,0]"],
    [{ data: "images", learningRate: Number.NaN }, "learningRate", "a number, but got NaN"],
    [{ data: "images", model: { sample_size: "8x" } }, "model", 'sample_size is "8x": expected a side'],
    [{ data: "images", model: null }, "model", "or a network's configuration, but got null"],
    [undefined, "data", "data"],
  ])("refuses %j", (value, key, words) => {
    const error = refused(value);
    expect(error).toBeInstanceOf(DeblendError);
    expect(error.key).toBe(key);
    expect(error.message).toContain(words);
  });

  it("describes every option", () => {
    const { properties } = z.toJSONSchema(runConfigSchema, { io: "input" });
    for (const [key, property] of Object.entries(properties ?? {})) {
      expect(property, key).toHaveProperty("description");
    }
  });
});
