/**
 * The options of a command are those of its schema, and refuse what it refuses.
 */
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { givenOptions, schemaOptions } from "./schemaOptions.ts";

const schema = z.strictObject({
  size: z
    .union([z.int(), z.tuple([z.int(), z.int()])])
    .default(32)
    .meta({ placeholder: "SIZE", description: "side" }),
  learningRate: z.number().default(0.5).meta({ description: "rate" }),
  name: z.string().meta({ description: "name" }),
  kind: z.enum(["one", "two"]).default("one").meta({ description: "kind" }),
  flip: z.boolean().default(false).meta({ description: "mirror" }),
  warm: z.boolean().default(true).meta({ description: "warm up" }),
});

function parse(...words: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of schemaOptions(schema)) command.addOption(option);
  return givenOptions(schema, command.parse(words, { from: "user" }).opts());
}

describe("options from a schema", () => {
  it("hold what was given, and nothing else", () => {
    expect(parse()).toEqual({});
    expect(parse("--learning-rate", "1e-3", "--name", "5", "--flip", "--no-warm", "--kind", "two")).toEqual({
      ...{ learningRate: 1e-3, name: "5", flip: true, warm: false, kind: "two" },
    });
  });

  it("read one number or two", () => {
    expect(parse("--size", "16")).toEqual({ size: 16 });
    expect(parse("--size", "16x24")).toEqual({ size: [16, 24] });
    expect(parse("--size", "16,24")).toEqual({ size: [16, 24] });
  });

  it("leave what is no number for the schema to refuse", () => {
    expect(parse("--learning-rate", "fast")).toEqual({ learningRate: "fast" });
    expect(parse("--size", "")).toEqual({ size: "" });
  });

  it("refuse what the schema does not know", () => {
    expect(() => parse("--kind", "three")).toThrow(/one, two/);
    expect(() => parse("--rate", "1")).toThrow(/unknown option/);
  });

  it("say descriptions and defaults in the help", () => {
    const command = new Command();
    for (const option of schemaOptions(schema)) command.addOption(option);
    const help = command.helpInformation();
    expect(help).toMatch(/--size <SIZE> +side \(default: 32\)/);
    expect(help).toMatch(/--no-warm +do not warm up/);
  });
});
