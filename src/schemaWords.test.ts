/**
 * Every kind of issue is said in plain words: none of zod's own is left.
 */
import { expect, it } from "vitest";
import { z } from "zod";
import { inWords, shown, tellingIssue, valueAt } from "./schemaWords.ts";

const side = z.int().positive();

it.each<[schema: z.ZodType, value: unknown, words: string]>([
  [z.int(), "x", "expected a number"],
  [z.int(), 1.5, "expected a whole number"],
  [z.int(), 1e20, "expected a smaller number"],
  [z.int().lt(100), 1e20, "expected less than 100"],
  [z.int(), -1e20, "expected a larger number"],
  [side, 0, "expected more than 0"],
  [z.number().min(2), 1, "expected at least 2"],
  [z.number().max(2), 3, "expected at most 2"],
  [z.string(), undefined, "expected text"],
  [z.string().min(1), "", "expected text that is not empty"],
  [z.boolean(), "yes", "expected true or false"],
  [z.array(z.int()), undefined, "expected a list"],
  [z.array(z.int()).min(2), [], "expected a list of at least 2"],
  [z.strictObject({}), [], "expected an object"],
  [z.null(), 3, "expected null"],
  [z.literal(0), 0.1, "expected 0"],
  [z.enum(["a", "b", "c"]), "d", 'expected "a", "b" or "c"'],
  [z.union([z.literal(0), z.literal(1)]), 2, "expected 0 or 1"],
  [z.union([side, z.tuple([side, side])]), "8x", "expected a number or a list"],
  [z.union([side, z.tuple([side, side])], { error: "expected a side" }), "8x", "expected a side"],
])("%# %j is refused with words", (schema, value, words) => {
  const { error } = schema.safeParse(value, { error: inWords });
  expect(error && tellingIssue(error)?.message).toBe(words);
});

it("quotes what was found", () => {
  expect(valueAt({ a: [1, { b: 2 }] }, ["a", 1, "b"])).toBe(2);
  expect(valueAt({ a: null }, ["a", "b"])).toBeUndefined();
  expect([1, Number.NaN, "x", [8, 0], undefined].map(shown)).toEqual([
    "1",
    "NaN",
    '"x"',
    "[8,0]",
    "undefined",
  ]);
});
