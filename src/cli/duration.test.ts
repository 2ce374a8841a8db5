/**
 * Durations in words: the unit that a person would use.
 */
import { expect, it } from "vitest";
import { formatDuration } from "./duration.ts";

it.each([
  [0.04, "0.0 s"],
  [8.25, "8.3 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
  [7800, "2 h 10 min"],
  [Number.POSITIVE_INFINITY, "?"],
])("%d seconds are %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});
