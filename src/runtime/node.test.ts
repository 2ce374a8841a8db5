/**
 * The CPU device: what it says of itself, and numbers that count as zero because they would only cost time.
 */
import { describe, expect, it } from "vitest";
import { lower } from "../onnx/index.ts";
import { input, mul } from "../tensor/index.ts";
import { openDevice } from "./node.ts";

it("says how many threads it has", async () => {
  expect((await openDevice("cpu", { threads: 2 })).description).toMatch(/^CPU \(2 threads, /);
  expect((await openDevice("cpu", { threads: 1 })).description).toMatch(/^CPU \(1 thread, /);
});

describe("numbers too small for a full mantissa become zero", () => {
  it.each([
    ["on the calling thread", 16],
    ["on every thread", 1 << 20],
  ])("%s", async (_, size) => {
    const device = await openDevice("cpu", { threads: 2 });
    const { target } = device;
    const [a, b] = [input("a", [size]), input("b", [size])];
    const program = await device.load(lower({ product: mul(a, b) }, { target }).bytes);
    const { product } = await program.run({
      a: device.tensor(new Float32Array(size).fill(1e-30), [size]),
      b: device.tensor(new Float32Array(size).fill(1e-10), [size]),
    });
    // 1e-40 as float32 is about 71,362 times the smallest number above zero.
    expect((await product?.read())?.findIndex((value) => value !== 0)).toBe(-1);
    await program.dispose();
  });
});
