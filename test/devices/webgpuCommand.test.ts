/**
 * `--device webgpu` from the command line: training, going on, checkpoints and samples on the adapter of software Vulkan;
 * and one sentence where there is no adapter.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace } from "../e2e/command.ts";

const SOFTWARE_VULKAN = "/usr/lib/chromium/vk_swiftshader_icd.json";
// Elsewhere the system's own adapter is used.
if (existsSync(SOFTWARE_VULKAN)) {
  process.env.VK_ICD_FILENAMES = SOFTWARE_VULKAN;
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, "/usr/lib/chromium"].filter(Boolean).join(":");
}
/** Vulkan's loader finds no driver; Metal and Direct3D cannot be hidden like that. */
const HIDDEN = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };

const place = openWorkplace();
afterAll(place.close);
// Compiling shaders for software Vulkan takes most of the time, so there are few layers.
const network = JSON.parse(readFileSync(place.path("net.json"), "utf8")) as object;
const ONE_LEVEL = {
  down_block_types: ["DownBlock2D"],
  up_block_types: ["UpBlock2D"],
  block_out_channels: [4],
};
writeFileSync(place.path("net16.json"), JSON.stringify({ ...network, ...ONE_LEVEL, sample_size: 16 }));

const train = (out: string, steps: number, ...words: string[]) =>
  place.run(
    ...["train", "--data", "builtin:cats", "--size", "16", "--model", "net16.json", "--batch", "2"],
    ...["--steps", String(steps), "--warmup", "0", "--schedule", "constant", "--checkpoint-every", "2"],
    ...["--log-every", "1", "--sample-every", "0", "--threads", "1", "--out", out, ...words],
  );
const losses = (run: string) =>
  readFileSync(place.path(run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { loss: number }).loss);
const sample = (model: string, out: string, ...words: string[]) =>
  place.run("sample", "--model", model, "--count", "2", "--steps", "2", "--out", out, ...words);

describe("--device webgpu", { timeout: 400_000 }, () => {
  beforeAll(async () => {
    expect((await train("cpu", 4)).code).toBe(0);
    const { code, stderr } = await train("webgpu", 4, "--device", "webgpu");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/parameters on WebGPU\.\n/);
    expect(stderr).toContain("Finished 4 steps");
  }, 400_000);

  it("trains as the CPU does, and saves what it learnt", () => {
    const [found, wanted] = [losses("webgpu"), losses("cpu")];
    expect(found).toHaveLength(4);
    wanted.forEach((loss, i) => {
      expect(Math.abs((found[i] ?? Number.NaN) / loss - 1)).toBeLessThan(1e-3);
    });
    expect(readdirSync(place.path("webgpu", "checkpoints")).sort()).toEqual([
      "step-00000002",
      "step-00000004",
    ]);
  });

  it("goes on from its checkpoint, with samples on the way", async () => {
    const words = ["--steps", "6", "--sample-every", "6", "--sample-count", "2", "--sample-steps", "2"];
    const { code, stderr } = await place.run("train", "--out", "webgpu", "--resume", ...words);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("on WebGPU, from step 4");
    expect(losses("webgpu")).toHaveLength(6);
    expect(readdirSync(place.path("webgpu", "samples"))).toEqual(["step-00000006.png"]);
  });

  it("samples, and says where", async () => {
    const { code, stderr } = await sample("cpu", "webgpu.png", "--device", "webgpu");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("on WebGPU: webgpu.png");
    expect(existsSync(place.path("webgpu.png"))).toBe(true);
  });

  it("samples in half precision, or says that this adapter has none", async () => {
    const { code, stderr } = await sample("cpu", "half.png", "--device", "webgpu", "--precision", "f16");
    if (code === 0) expect(stderr).toContain("on WebGPU in half precision: half.png");
    else
      expect(stderr).toMatch(
        /^deblend: This GPU, or its driver, does not compute in half precision .*f32\.$/m,
      );
    expect(existsSync(place.path("half.png"))).toBe(code === 0);
  });
});

describe.skipIf(process.platform !== "linux")(
  "--device webgpu without an adapter (hidden on Linux only)",
  () => {
    const hidden = async <T>(work: () => Promise<T>): Promise<T> => {
      const before = { ...process.env };
      Object.assign(process.env, HIDDEN);
      try {
        return await work();
      } finally {
        process.env = before;
      }
    };
    const SENTENCE = /^deblend: There is no WebGPU adapter here: .*--device cpu\)\.$/m;

    it("does not begin a run, and says what to do", async () => {
      const { code, stdout, stderr } = await hidden(() => train("none", 4, "--device", "webgpu"));
      expect(stderr).toMatch(SENTENCE);
      expect(stdout).toBe("");
      expect(code).toBe(1);
      expect(existsSync(place.path("none"))).toBe(false);
    });

    it("keeps the last checkpoint of a run that was begun, which then goes on", async () => {
      expect((await train("begun", 2)).code).toBe(0);
      const weights = () =>
        place.sha256("begun/checkpoints/step-00000002/diffusion_pytorch_model.safetensors");
      const before = weights();
      const resume = ["train", "--out", "begun", "--resume", "--steps", "4"];
      const { code, stderr } = await hidden(() => place.run(...resume, "--device", "webgpu"));
      expect(stderr).toMatch(SENTENCE);
      expect(code).toBe(1);
      expect(weights()).toBe(before);
      const again = await place.run(...resume, "--device", "cpu");
      expect(again.code, again.stderr).toBe(0);
    });

    it("draws nothing, and says what to do", async () => {
      const { code, stderr } = await hidden(() => sample("begun", "none.png", "--device", "webgpu"));
      expect(stderr).toMatch(SENTENCE);
      expect(code).toBe(1);
      expect(existsSync(place.path("none.png"))).toBe(false);
    });
  },
);
