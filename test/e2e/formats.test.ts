/**
 * What leaves the house and what comes in: exports of every kind of network, figures of the plane, and `inspect` on
 * every kind of path, wrong ones included.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeblendError } from "../../src/errors.ts";
import { initialise, parseUNetConfig, type UNetConfigInput, unet } from "../../src/networks/index.ts";
import { saveCheckpoint } from "../../src/node/checkpoints.ts";
import { exportModel } from "../../src/node/export.ts";
import { inspectPath } from "../../src/node/inspect.ts";
import { loadModel, saveModelFolder } from "../../src/node/modelFolder.ts";
import { createRun } from "../../src/node/run.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { parseRunConfig } from "../../src/training/config.ts";
import { createDeblender } from "../../src/training/deblender.ts";
import { youngState } from "../fixtures/youngState.ts";
import { openWorkplace } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);
const root = mkdtempSync(join(tmpdir(), "deblend-formats-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const at = (...parts: string[]) => join(root, ...parts);

const network = (options: Partial<UNetConfigInput> = {}) =>
  unet(
    parseUNetConfig({
      ...{ sample_size: 8, down_block_types: ["DownBlock2D", "DownBlock2D"], layers_per_block: 1 },
      ...{ up_block_types: ["UpBlock2D", "UpBlock2D"], block_out_channels: [4, 8], norm_num_groups: 2 },
      add_attention: false,
      ...options,
    }),
  );

const KINDS: Readonly<Record<string, Partial<UNetConfigInput>>> = {
  rgb: {},
  gray: { in_channels: 1, out_channels: 1 },
  conditional: { in_channels: 5, out_channels: 3 },
  oblong: { sample_size: [8, 12], add_attention: true, attention_head_dim: 4 },
};

beforeAll(async () => {
  for (const [kind, options] of Object.entries(KINDS)) {
    const made = network(options);
    await saveModelFolder(at(kind), { network: made, weights: initialise(made, 4) });
  }
});

/** The one sentence that the work ends in. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => new Error("It was accepted."),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(DeblendError);
  expect((thrown as DeblendError).message).toMatch(/^[^\n]+\.$/);
  return (thrown as DeblendError).message;
}

describe.each(Object.keys(KINDS))("a network that is %s", (kind) => {
  it("goes out as a diffusers folder and comes back with the same numbers", async () => {
    const out = at(`${kind}-diffusers`);
    expect(await exportModel(at(kind), { out, format: "diffusers" })).toEqual({ path: out });
    const [before, after] = [await loadModel(at(kind)), await loadModel(out)];
    expect(after.weights).toEqual(before.weights);
    expect(after.network.config).toEqual(before.network.config);
    expect(await refusal(exportModel(at(kind), { out, format: "diffusers" }))).toContain("is not empty");
  });

  it("goes out as ONNX with named inputs and a free batch, and computes the same", async () => {
    const { path, largestError } = await exportModel(at(kind), { out: at(`${kind}-onnx`), format: "onnx" });
    expect(largestError).toBeLessThan(1e-4);
    const { config } = network(KINDS[kind]);
    const [height, width] = Array.isArray(config.sample_size) ? config.sample_size : [8, 8];
    const facts = await inspectPath(path);
    const extra = config.in_channels - config.out_channels;
    const batch = (facts.inputs as Record<string, unknown[]>).x_alpha?.[0];
    expect(batch).toBeTypeOf("string");
    expect(facts).toMatchObject({
      kind: "model (ONNX)",
      inputs: {
        x_alpha: [batch, config.out_channels, height, width],
        alpha: [batch],
        ...(extra > 0 && { condition: [batch, extra, height, width] }),
      },
      outputs: { prediction: [batch, config.out_channels, height, width] },
      bytes: readFileSync(path).length,
      metadata: { producer: "deblend" },
    });
    expect(Object.keys(facts.inputs as object)).toHaveLength(extra > 0 ? 3 : 2);

    // At a batch size that the export itself did not try.
    const [n, size] = [2, (config.out_channels * height * width) as number];
    const x = {
      data: Float32Array.from({ length: n * size }, (_, i) => Math.sin(i)),
      shape: [n, config.out_channels, height, width] as const,
    };
    const alpha = Float32Array.of(0, 1);
    const condition =
      extra > 0
        ? {
            data: x.data.slice(0, (n * size * extra) / config.out_channels),
            shape: [n, extra, height, width] as const,
          }
        : undefined;
    const device = await openDevice("cpu", { threads: 1 });
    const model = await loadModel(at(kind));
    const own = createDeblender(device, model.network, model.weights);
    const expected = await own.deblend(x, alpha, condition);
    const program = await device.load(readFileSync(path));
    const { prediction } = await program.run({
      x_alpha: device.tensor(x.data.slice(), x.shape),
      alpha: device.tensor(alpha.slice(), [n]),
      ...(condition && { condition: device.tensor(condition.data.slice(), condition.shape) }),
    });
    const found = (await prediction?.read()) ?? new Float32Array();
    expect(found.length).toBe(expected.data.length);
    const worst = expected.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? Number.NaN))),
      0,
    );
    expect(worst).toBeLessThan(1e-4);
    await program.dispose();
    await own.dispose();
  });
});

it("a network that does not say its size needs one for ONNX", async () => {
  const made = network({ sample_size: null });
  await saveModelFolder(at("sizeless"), { network: made, weights: initialise(made, 1) });
  const onnx = { out: at("sizeless-onnx"), format: "onnx" } as const;
  expect(await refusal(exportModel(at("sizeless"), onnx))).toContain("give a size");
  expect(existsSync(at("sizeless-onnx"))).toBe(false);
  const { path } = await exportModel(at("sizeless"), { ...onnx, size: [16, 8] });
  expect(await inspectPath(path)).toMatchObject({ outputs: { prediction: [expect.any(String), 3, 16, 8] } });
  expect(await refusal(exportModel(at("sizeless"), { ...onnx, size: [9, 8] }))).toMatch(/9/);
});

describe("inspect", () => {
  const run = () => at("run");
  const checkpoint = () => join(run(), "checkpoints", "step-00000004");
  beforeAll(async () => {
    const config = parseRunConfig({ data: "images", size: 8, model: network().config });
    await createRun(run(), config);
    expect(await inspectPath(run())).toMatchObject({
      kind: "run",
      checkpoints: [],
      configuration: { size: 8 },
    });
    expect(await refusal(loadModel(run()))).toContain("is a run that has no checkpoint yet");
    const made = network();
    const state = youngState(made, 4);
    await saveCheckpoint(run(), { config, network: made, step: 4, seconds: 1.5, state });
    writeFileSync(join(run(), "metrics.jsonl"), '{"step":2,"loss":0.5}\n{"step":4,"loss":0.25}\n');
    await exportModel(run(), { out: run(), format: "onnx" });

    for (const name of ["text.txt", "text.onnx", "text.safetensors", "text.pt"])
      writeFileSync(at(name), "just a text, and long enough for any header");
    writeFileSync(at("empty.onnx"), "");
    const onnx = readFileSync(join(run(), "model.onnx"));
    writeFileSync(at("cut.onnx"), onnx.subarray(0, onnx.length >> 1));
    mkdirSync(at("empty"));
    mkdirSync(at("damaged-run", "checkpoints"), { recursive: true });
    writeFileSync(at("damaged-run", "config.json"), "{");
    const other = await saveCheckpoint(at("other-run"), {
      config,
      network: made,
      step: 5,
      seconds: 0,
      state,
    });
    truncateSync(join(other, "optimiser.safetensors"), 100);
  });

  it("tells a run's configuration, checkpoints and last metrics, also with a slash at the end", async () => {
    for (const path of [run(), `${run()}/`]) {
      expect(await inspectPath(path)).toMatchObject({
        kind: "run",
        checkpoints: ["checkpoints/step-00000004"],
        last: { step: 4, loss: 0.25 },
        configuration: { data: "images" },
        network: { block_out_channels: [4, 8] },
      });
    }
  });

  it("reads the metrics of a run that was killed inside a line", async () => {
    const path = join(run(), "metrics.jsonl");
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, `${whole}{"step":6,"lo`);
    expect(await inspectPath(run())).toMatchObject({ last: { step: 4 } });
    writeFileSync(path, '{"st');
    expect(await inspectPath(run())).not.toHaveProperty("last");
    writeFileSync(path, whole);
  });

  it("tells a checkpoint, its averaged weights, a file of weights and a PyTorch file", async () => {
    const parameters = network().parameters.reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(await inspectPath(checkpoint())).toMatchObject({
      step: 4,
      samples: 4 * 32,
      seconds: 1.5,
      parameters,
    });
    expect(await inspectPath(join(checkpoint(), "ema"))).toMatchObject({
      kind: "model folder (diffusers)",
      parameters,
    });
    expect(await inspectPath(join(checkpoint(), "diffusion_pytorch_model.safetensors"))).toMatchObject({
      kind: "weights (safetensors)",
      tensors: network().parameters.length,
      parameters,
    });
    const torch = join(import.meta.dirname, "../fixtures/torch/plain.pt");
    expect(await inspectPath(torch)).toMatchObject({
      kind: "weights (PyTorch)",
      tensors: 4,
      shapes: { a: [3, 4] },
    });
  });

  it.each<[string, () => string, string | RegExp]>([
    ["nothing", () => at("nowhere"), "there is no such file or folder"],
    ["a path below a file", () => join(at("text.txt"), "x"), "not a folder"],
    ["an empty folder", () => at("empty"), "is not a model"],
    ["another kind of file", () => at("text.txt"), "nothing that inspect knows"],
    ["an ONNX file that is text", () => at("text.onnx"), "is not an ONNX file"],
    ["an ONNX file of nothing", () => at("empty.onnx"), "is not an ONNX file"],
    ["an ONNX file that was cut short", () => at("cut.onnx"), "is not an ONNX file"],
    ["safetensors that are text", () => at("text.safetensors"), "text.safetensors"],
    ["a PyTorch file that is text", () => at("text.pt"), "not a PyTorch file of the zip format"],
    [
      "a PyTorch file of the old format",
      () => join(import.meta.dirname, "../fixtures/torch/legacy.pt"),
      "zip format",
    ],
    ["a damaged run", () => at("damaged-run"), "config.json is damaged"],
    [
      "a damaged checkpoint",
      () => at("other-run", "checkpoints", "step-00000005"),
      /optimiser\.safetensors.* is damaged/,
    ],
  ])("says in a sentence that it cannot tell %s", async (_, path, sentence) => {
    expect(await refusal(inspectPath(path()))).toMatch(sentence);
  });
});

describe("deblend map2d", () => {
  it("draws the figure: a column each, the same for a seed, and paths that collapse as T grows", async () => {
    const call = ["map2d", "--points", "30", "--steps", "2,10,50", "--json"];
    const first = await place.run(...call, "--out", "a.png");
    expect(first.code, first.stderr).toBe(0);
    const { spread } = JSON.parse(first.stdout) as { spread: { steps: number; spread: number }[] };
    expect(spread.map(({ steps }) => steps)).toEqual([2, 10, 50]);
    expect(spread.every((row, i) => i === 0 || row.spread < 0.8 * (spread[i - 1]?.spread ?? 0))).toBe(true);
    const { width = 0, height = 0, format } = await sharp(place.path("a.png")).metadata();
    expect(format).toBe("png");
    expect(width).toBeGreaterThan(height);
    await place.run(...call, "--out", "b.png");
    expect(place.sha256("b.png")).toBe(place.sha256("a.png"));
    await place.run(...call, "--seed", "1", "--out", "c.png");
    expect(place.sha256("c.png")).not.toBe(place.sha256("a.png"));
  });

  it("takes an image for a shape, and tells people what it measured", async () => {
    const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: "#ffffff" } });
    const dark = { create: { width: 12, height: 12, channels: 3, background: "#000000" } } as const;
    await picture
      .composite([{ input: dark, left: 20, top: 4 }])
      .png()
      .toFile(place.path("shape.png"));
    const words = ["--from", "gaussian", "--to", "shape.png", "--steps", "1,10", "--points", "20"];
    const { code, stdout, stderr } = await place.run("map2d", ...words, "--out", "figures/image.png");
    expect(stderr).toMatch(
      /^figures\/image\.png\nspread of the random paths' ends: T = 1: [\d.]+, T = 10: [\d.]+\n$/,
    );
    expect(stdout).toBe("");
    expect(code).toBe(0);
    expect(existsSync(place.path("figures", "image.png"))).toBe(true);
  });

  it.each([
    ["an unknown shape", ["--from", "hexagon"], 1, "--from hexagon is not a density: choose triangle"],
    ["an image that is not there", ["--to", "nowhere.png"], 1, "nowhere.png"],
    ["an image that is text", ["--to", "text.png"], 1, "text.png"],
    ["an image without anything dark", ["--to", "white.png"], 1, "white everywhere"],
    ["no steps", ["--steps", "0"], 2, "Expected up to 8 whole numbers"],
    ["steps that are words", ["--steps", "1,many"], 2, "Expected up to 8 whole numbers"],
    ["too many columns", ["--steps", "1,2,3,4,5,6,7,8,9"], 2, "Expected up to 8 whole numbers"],
    ["no points", ["--points", "0"], 2, "Expected a whole number from 1"],
    [
      "a file below a file",
      ["--points", "1", "--steps", "1", "--out", "text.png/x.png"],
      1,
      "text.png/x.png: a part of the path is a file",
    ],
  ])("refuses %s in a sentence", async (_, words, expectedCode, sentence) => {
    writeFileSync(place.path("text.png"), "not a picture");
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "#ffffff" } })
      .png()
      .toFile(place.path("white.png"));
    const { code, stdout, stderr } = await place.run("map2d", "--out", "refused.png", ...words);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(expectedCode);
    expect(existsSync(place.path("refused.png"))).toBe(false);
  });
});
