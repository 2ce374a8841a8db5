/**
 * `deblend import` of a PyTorch file gives, byte for byte, the model folder that the safetensors of the same network give.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const fixtures = join(import.meta.dirname, "../fixtures");
const tiny = join(fixtures, "unet-tiny");
const config = join(tiny, "config.json");
const weights = "diffusion_pytorch_model.safetensors";

beforeAll(async () => {
  const { code, stderr } = await place.run("import", tiny, "--out", "expected");
  expect(stderr).toBe("72,691 parameters: expected\n");
  expect(code).toBe(0);
  // Made by torch.save of the same tensors (fixtures/torch/make.py); official checkpoints end in .ckpt.
  copyFileSync(join(fixtures, "torch", "unet-tiny.pt"), place.path("official.ckpt"));
});

it.each([
  ["a .pt file", join(fixtures, "torch", "unet-tiny.pt")],
  ["a .ckpt file", "official.ckpt"],
  ["a .safetensors file", join(tiny, weights)],
])("%s, with its configuration", async (what, path) => {
  const out = what.replace(/\W/g, "");
  const { code, stderr } = await place.run("import", path, "--config", config, "--out", out);
  expect(stderr).toBe(`72,691 parameters: ${out}\n`);
  expect(code).toBe(0);
  for (const file of [weights, "config.json"]) {
    expect(place.sha256(out, file), file).toBe(place.sha256("expected", file));
  }
});

it("what was imported draws the images that the folder itself draws", async () => {
  await place.run("import", "official.ckpt", "--config", config, "--out", "drawing");
  for (const [model, out] of [
    ["drawing", "a.png"],
    [tiny, "b.png"],
  ] as const) {
    const words = ["--count", "2", "--steps", "2", "--threads", "1", "--out", out];
    expect((await place.run("sample", "--model", model, ...words)).code).toBe(0);
  }
  expect(place.sha256("a.png")).toBe(place.sha256("b.png"));
});

it("without a configuration, a file is taken for the official network, and what does not fit is named", async () => {
  const { code, stderr } = await place.run("import", "official.ckpt", "--out", "none");
  expect(stderr).toMatch(
    /^deblend: The weights in official\.ckpt do not fit the network's configuration: down_blocks\..* and \d+ more missing; without --config a file is taken for the official network: give the config\.json of this one\.\n$/,
  );
  expect(code).toBe(1);
});

it("a run is said to be one, at once and after its first checkpoint", async () => {
  await place.run("train", ...QUICK, "--steps", "1", "--out", "run");
  mkdirSync(place.path("begun", "samples"), { recursive: true });
  copyFileSync(place.path("run", "config.json"), place.path("begun", "config.json"));
  for (const run of ["run", "begun"]) {
    const { code, stderr } = await place.run("import", run, "--out", "imported");
    expect(stderr).toContain(`${run} is a run of deblend, which needs no import`);
    expect(code).toBe(1);
  }
});
