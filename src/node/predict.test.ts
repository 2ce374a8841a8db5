/**
 * `predict` reads what it knows, names what it does not use, and refuses numbers that are not finite.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "../formats/safetensors.ts";
import { predictFile } from "./predict.ts";

const folder = mkdtempSync(join(tmpdir(), "deblend-predict-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = join(import.meta.dirname, "../../test/fixtures/unet-tiny");
const forward = readFileSync(join(model, "forward.safetensors"));
const [input, output] = [join(folder, "in.safetensors"), join(folder, "out.safetensors")];

function predict(change: (tensors: Map<string, NamedTensor>) => void = () => undefined) {
  const tensors = new Map(decodeSafetensors(forward).tensors);
  change(tensors);
  writeFileSync(input, Buffer.concat(encodeSafetensors(tensors)));
  return predictFile(model, { input, output, threads: 1 });
}

it("computes what the fixture says, and tells which of its tensors it does not use", async () => {
  const { shape, ignored } = await predict();
  expect([...ignored].sort()).toEqual(["loss_sum", "prediction", "sample_T8", "x0", "x1"]);
  const { tensors } = decodeSafetensors(readFileSync(output));
  const expected = decodeSafetensors(forward).tensors.get("prediction");
  expect(tensors.get("prediction")?.shape).toEqual(shape);
  const found = tensors.get("prediction")?.data ?? [];
  expect(expected?.data.every((value, i) => Math.abs(value - (found[i] ?? Number.NaN)) < 1e-4)).toBe(true);
});

it.each([
  ["x_alpha", Number.NaN, /x_alpha holds NaN \(number 3, counted from 0\)/],
  ["alpha", Number.NEGATIVE_INFINITY, /alpha holds -Infinity \(number 0/],
])("refuses %s with %d", async (name, value, sentence) => {
  rmSync(output, { force: true });
  const run = predict((tensors) => {
    const tensor = tensors.get(name) as NamedTensor;
    const data = tensor.data.slice();
    data[name === "alpha" ? 0 : 3] = value;
    tensors.set(name, { ...tensor, data });
  });
  await expect(run).rejects.toThrow(DeblendError);
  await expect(run).rejects.toThrow(sentence);
  expect(existsSync(output)).toBe(false);
});

it("does not mind numbers that are not finite in what it does not use", async () => {
  const { ignored } = await predict((tensors) => {
    tensors.set("other", { shape: [1], data: Float32Array.of(Number.NaN) });
  });
  expect(ignored).toContain("other");
});
