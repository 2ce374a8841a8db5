/**
 * From a trained run to pictures, predictions and other formats.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

beforeAll(async () => {
  const { code, stderr } = await place.run(
    "train",
    ...QUICK,
    "--steps",
    "20",
    "--sample-every",
    "10",
    "--out",
    "run",
  );
  expect(code, stderr).toBe(0);
});

const sample = (...words: string[]) =>
  place.run("sample", "--model", "run", "--count", "8", "--steps", "4", ...words);

it("draws grids while it trains", () => {
  expect(readdirSync(place.path("run", "samples")).sort()).toEqual([
    "step-00000010.png",
    "step-00000020.png",
  ]);
});

it("draws the same images whatever the batch", async () => {
  for (const batch of ["1", "3", "8"]) {
    const { code, stderr } = await sample(
      "--batch",
      batch,
      "--each",
      `each-${batch}`,
      "--out",
      `grid-${batch}.png`,
    );
    expect(code, stderr).toBe(0);
  }
  const names = readdirSync(place.path("each-1"));
  expect(names).toHaveLength(8);
  const all = (batch: number) => names.map((name) => place.sha256(`each-${batch}`, name));
  expect(all(3)).toEqual(all(1));
  expect(all(8)).toEqual(all(1));
  expect(place.sha256("grid-3.png")).toBe(place.sha256("grid-8.png"));
  expect(new Set(all(1)).size).toBe(8);
});

it("draws other images from another seed, and with every solver", async () => {
  await sample("--seed", "1", "--out", "seed.png");
  expect(place.sha256("seed.png")).not.toBe(place.sha256("grid-8.png"));
  for (const solver of ["midpoint", "heun", "rk4"]) {
    const { code } = await sample("--solver", solver, "--grid", "cosine", "--out", `${solver}.png`);
    expect(code).toBe(0);
  }
});

it("says what it did as JSON, and draws the way there", async () => {
  const { stdout, stderr } = await sample("--trajectory", "way.png", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    count: 8,
    solver: "euler",
    shape: [8, 3, 8, 8],
    trajectory: "way.png",
  });
  expect(stderr).toBe("");
  expect(existsSync(place.path("way.png"))).toBe(true);
});

it("predicts the same from the run and from what it exports", async () => {
  const values = Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, i) => Math.sin(i));
  const inputs = new Map([
    ["x_alpha", { shape: [2, 3, 8, 8], data: values }],
    ["alpha", { shape: [2], data: Float32Array.of(0.25, 0.75) }],
  ]);
  writeFileSync(place.path("in.safetensors"), Buffer.concat(encodeSafetensors(inputs)));
  const exported = await place.run("export", "--model", "run", "--format", "diffusers", "--out", "exported");
  expect(exported.code, exported.stderr).toBe(0);
  for (const model of ["run", "exported"]) {
    const files = ["--input", "in.safetensors", "--output", `${model}.safetensors`];
    const { code, stderr } = await place.run("predict", "--model", model, ...files);
    expect(code, stderr).toBe(0);
  }
  const { tensors } = decodeSafetensors(readFileSync(place.path("run.safetensors")));
  expect(tensors.get("prediction")?.shape).toEqual([2, 3, 8, 8]);
  expect(place.sha256("exported.safetensors")).toBe(place.sha256("run.safetensors"));
});

it("exports one ONNX file that computes the same", async () => {
  const { code, stdout, stderr } = await place.run(
    ...["export", "--model", "run", "--format", "onnx", "--out", "onnx", "--json"],
  );
  expect(code, stderr).toBe(0);
  const { path, largestError } = JSON.parse(stdout) as { path: string; largestError: number };
  expect(largestError).toBeLessThan(1e-4);
  expect(existsSync(place.path(path))).toBe(true);
});

it("exports in half precision: half the weights, the same to about three digits", async () => {
  const exportTo = (out: string, ...words: string[]) =>
    place.run("export", "--model", "run", "--format", "onnx", "--out", out, "--json", ...words);
  const { code, stdout, stderr } = await exportTo("half", "--precision", "f16");
  expect(code, stderr).toBe(0);
  const { largestError } = JSON.parse(stdout) as { largestError: number };
  expect(largestError).toBeLessThan(1e-2);
  await exportTo("full");
  expect(statSync(place.path("half/model.onnx")).size).toBeLessThan(
    statSync(place.path("full/model.onnx")).size,
  );
});

it("says in a sentence where half precision has no meaning, and writes nothing", async () => {
  const onCpu = await place.run("sample", "--model", "run", "--out", "half.png", "--precision", "f16");
  expect(onCpu.stderr).toMatch(/^deblend: Half precision is computed on GPUs; .*--device webgpu\.$/m);
  expect(onCpu.code).toBe(1);
  const folder = await place.run(
    ...["export", "--model", "run", "--format", "diffusers", "--out", "halved", "--precision", "f16"],
  );
  expect(folder.stderr).toMatch(/^deblend: A diffusers folder holds float32 weights, .*$/m);
  expect(folder.code).toBe(1);
  expect([existsSync(place.path("half.png")), existsSync(place.path("halved"))]).toEqual([false, false]);
});
