/**
 * Places that cannot be written to, and files that may not grow: one sentence, an exit code, and nothing good is lost.
 * A limit on file sizes stands for a full disk, because every user may set one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const main = join(import.meta.dirname, "../../dist/cli/main.js");
const train = (out: string, steps: number) => ["train", ...QUICK, "--steps", String(steps), "--out", out];

/** Runs the command where no file may be larger than this many blocks (of 512 or 1024 bytes, as the shell counts). */
function runLimited(blocks: number, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", `ulimit -f ${blocks} && exec "$@"`, "sh", process.execPath, main, ...words],
    {
      cwd: place.folder,
      encoding: "utf8",
      env: { ...process.env, DEBLEND_CACHE: place.path("cache") },
    },
  );
  return { code: status, stdout, stderr };
}

const below = (folder: string) => readdirSync(place.path(folder), { recursive: true }).map(String).sort();
const SENTENCE =
  /^deblend: Could not write [^\n]*: the file would be larger than is allowed here; [^\n]+\.$/m;

beforeAll(async () => {
  const { code, stderr } = await place.run(...train("run", 5));
  expect(code, stderr).toBe(0);
});

// Windows has neither such limits nor `sh`.
describe.skipIf(process.platform === "win32")("where a file cannot grow", () => {
  it("a checkpoint ends the run in a sentence; the last good one stays, and the run goes on from it", async () => {
    const files = below("run/checkpoints");
    const hash = () => place.sha256("run/checkpoints/step-00000005/optimiser.safetensors");
    const before = hash();
    // More than the configuration and the metrics need, less than a checkpoint does.
    const { code, stdout, stderr } = runLimited(64, "train", "--out", "run", "--resume", "--steps", "20");
    expect(stderr).toMatch(SENTENCE);
    expect(stderr).toContain("checkpoints/step-00000010");
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(below("run/checkpoints")).toEqual(files);
    expect(hash()).toBe(before);
    const again = await place.run("train", "--out", "run", "--resume");
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("from step 5");
    expect(again.stderr).toContain("Finished 20 steps");
    const steps = readFileSync(place.path("run/metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(steps.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([5, 10, 15, 20]);
  });

  it("an image cache ends the run before it begins, and leaves nothing", () => {
    const caches = below("cache");
    const { code, stderr } = runLimited(8, ...train("other", 5), "--seed", "77");
    expect(stderr).toMatch(
      /^deblend: Could not write the image cache [^\n]*\.images: the file would be larger/m,
    );
    expect(code).toBe(1);
    expect(existsSync(place.path("other"))).toBe(false);
    expect(below("cache")).toEqual(caches);
  });

  it("samples and exports are written whole or not at all", () => {
    const sample = ["sample", "--model", "run", "--count", "16", "--steps", "1", "--out", "grid.png"];
    const calls = [sample, ["export", "--model", "run", "--format", "onnx", "--out", "onnx"]];
    for (const words of calls) {
      const { code, stdout, stderr } = runLimited(4, ...words);
      expect(stderr).toMatch(SENTENCE);
      expect(stdout).toBe("");
      expect(code).toBe(1);
    }
    const diffusers = runLimited(4, "export", "--model", "run", "--format", "diffusers", "--out", "folder");
    expect(diffusers.stderr).toMatch(SENTENCE);
    expect(diffusers.code).toBe(1);
    expect(readdirSync(place.folder).filter((name) => /grid|folder|\.tmp$/.test(name))).toEqual([]);
    expect(existsSync(place.path("onnx", "model.onnx"))).toBe(false);
  });
});

// Nobody may make files there, root included.
describe.skipIf(!existsSync("/sys/kernel"))("where nobody may write", () => {
  it.each([
    ["train", train("/sys/deblend-run", 2)],
    ["sample", ["sample", "--model", "run", "--count", "1", "--steps", "1", "--out", "/sys/deblend.png"]],
    ["sample --each", ["sample", "--model", "run", "--count", "1", "--steps", "1", "--each", "/sys/deblend"]],
    ["export", ["export", "--model", "run", "--format", "diffusers", "--out", "/sys/deblend"]],
    ["map2d", ["map2d", "--points", "1", "--steps", "1", "--out", "/sys/deblend.png"]],
  ])("%s says so in a sentence", async (_, words) => {
    const { code, stdout, stderr } = await place.run(...words);
    expect(stderr).toMatch(
      /^deblend: Could not [^\n]*\/sys\/deblend[^\n]*: [^\n]*(may not write|read-only)[^\n]*\.$/m,
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

it("a damaged newest checkpoint is said, set aside and passed over when the run goes on", async () => {
  const newest = "run/checkpoints/step-00000020";
  writeFileSync(place.path(newest, "ema/diffusion_pytorch_model.safetensors"), "not tensors");
  const wanted = place.sha256(newest, "optimiser.safetensors");
  const { code, stderr } = await place.run("train", "--out", "run", "--resume");
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /step-00000020\/ema\/\S+ is damaged: .*\. It is set aside as \S*damaged-step-00000020; the run goes on from step 15\.\n/,
  );
  // Trained again, bit for bit.
  expect(place.sha256(newest, "optimiser.safetensors")).toBe(wanted);
  expect(readdirSync(place.path("run/checkpoints"))).toContain("damaged-step-00000020");
});
