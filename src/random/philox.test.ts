/**
 * Philox 4x32-10 gives its published vectors.
 */
import { expect, it } from "vitest";
import { philox4x32 } from "./philox.ts";

const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, "0")).join(" ");

// Known-answer vectors of Random123 1.14 (kat_vectors, "philox4x32 10").
it.each([
  [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    "408f276d 41c83b0e a20bc7c6 6d5451fd",
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    "d16cfe09 94fdcceb 5001e420 24126ea1",
  ],
] as const)("counter %j under key %j", (counter, key, expected) => {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3] = counter;
  const [k0, k1] = key;
  philox4x32(out, c0, c1, c2, c3, k0, k1);
  expect(hex(out)).toBe(expected);
});
