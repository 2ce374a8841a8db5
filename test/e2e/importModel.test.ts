/**
 * Models made in Python: PyTorch files are read without running anything, and what does not fit is refused by name.
 */
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { importModel } from "../../src/node/importModel.ts";
import { inspectPath } from "../../src/node/inspect.ts";
import { readModelFolder } from "../../src/node/modelFolder.ts";
import { readTorchFile } from "../../src/node/torchFile.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const torch = (name: string) => join(fixtures, "torch", `${name}.pt`);
const tiny = join(fixtures, "unet-tiny");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deblend-import-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(["plain", "nested"])("reads the tensors of %s.pt", async (name) => {
  const tensors = await readTorchFile(torch(name));
  expect([...tensors.keys()]).toEqual(["a", "b", "c", "d"]);
  expect(tensors.get("a")).toEqual({ shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) });
  expect([...(tensors.get("b")?.data ?? [])]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  expect([...(tensors.get("c")?.data ?? [])]).toEqual([1.5, -2]);
  expect([...(tensors.get("d")?.data ?? [])]).toEqual([3, -4]);
});

it("refuses a pickle that wants to call something, and does not call it", async () => {
  await expect(readTorchFile(torch("evil"))).rejects.toThrow(/wants to call (posix|os)\.system/);
  expect(existsSync("/tmp/deblend-pickle-ran")).toBe(false);
});

it("refuses the old format with a sentence", async () => {
  await expect(readTorchFile(torch("legacy"))).rejects.toThrow(/not a PyTorch file of the zip format/);
});

it("imports a folder with the old attention names under the newer ones", async () => {
  const out = join(folder, "tiny");
  expect((await importModel(tiny, out)).parameters).toBe(72_691);
  const { weights } = await readModelFolder(out);
  expect(weights.has("mid_block.attentions.0.to_out.0.weight")).toBe(true);
  await expect(importModel(tiny, out)).rejects.toThrow(/exists and is not empty/);
  expect(await inspectPath(out)).toMatchObject({ parameters: 72_691 });
});

it("names what is missing, and files that are damaged", async () => {
  await expect(importModel(torch("plain"), join(folder, "x"), join(tiny, "config.json"))).rejects.toThrow(
    /missing/,
  );
  const broken = join(folder, "broken");
  await cp(tiny, broken, { recursive: true });
  await writeFile(join(broken, "diffusion_pytorch_model.safetensors"), "not tensors");
  await expect(importModel(broken, join(folder, "y"))).rejects.toThrow(/safetensors/);
  await writeFile(join(broken, "config.json"), "{");
  await expect(importModel(broken, join(folder, "y"))).rejects.toThrow(/config\.json is not JSON/);
  await expect(importModel(join(folder, "nowhere"), join(folder, "y"))).rejects.toThrow(/no such file/);
});
