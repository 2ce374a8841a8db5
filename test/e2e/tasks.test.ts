/**
 * The paper's applications from end to end: pairs, restoration and classes, trained, sampled, exported and judged.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const train = (out: string, ...words: string[]) =>
  place.run(
    "train",
    ...QUICK,
    "--steps",
    "5",
    "--size",
    "16",
    "--sample-every",
    "5",
    "--sample-steps",
    "2",
    "--sample-count",
    "4",
    ...words,
    "--out",
    out,
  );
const sample = (...words: string[]) => place.run("sample", "--steps", "2", ...words);
const ok = async (outcome: ReturnType<typeof place.run>) => {
  const { code, stdout, stderr } = await outcome;
  expect(code, stderr).toBe(0);
  return { stdout, stderr };
};
const refused = async (outcome: ReturnType<typeof place.run>, message: RegExp) => {
  const { code, stderr } = await outcome;
  expect(code).not.toBe(0);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("    at ");
};

/** What the trainings told. */
let said: Readonly<Record<"pairs" | "holes" | "classes", string>>;

beforeAll(async () => {
  const network = JSON.parse(readFileSync(place.path("net.json"), "utf8")) as object;
  writeFileSync(place.path("net.json"), JSON.stringify({ ...network, sample_size: null }));
  const pairs = await ok(
    train(
      "pairs",
      "--data",
      "builtin:streets",
      "--task",
      "paired",
      "--hold-out",
      "10",
      "--label-dropout",
      "0.1",
    ),
  );
  await ok(train("super", "--data", "builtin:cats", "--task", "superres", "--hold-out", "10"));
  const holes = await ok(train("holes", "--data", "builtin:cats", "--task", "inpaint"));
  const classes = await ok(train("classes", "--data", "builtin:cats", "--task", "class"));
  said = { pairs: pairs.stderr, holes: holes.stderr, classes: classes.stderr };
  await sharp({ create: { width: 40, height: 32, channels: 3, background: "#3070c0" } })
    .png()
    .toFile(place.path("blue.png"));
  await sharp({ create: { width: 4, height: 4, channels: 3, background: "#3070c0" } })
    .png()
    .toFile(place.path("small.png"));
}, 300_000);

it("keeps what a run is for in its configuration and its model", async () => {
  const config = JSON.parse(readFileSync(place.path("classes", "config.json"), "utf8"));
  const classes = ["orange", "gray", "black", "white", "cream", "brown"];
  expect(config).toMatchObject({
    task: "class",
    labelDropout: 0.1,
    model: { num_class_embeds: 7, _deblend: { classes } },
  });
  const { stdout } = await ok(place.run("inspect", "classes", "--json"));
  expect(JSON.parse(stdout)).toMatchObject({ task: "class", classes, noClass: 6, image: [3, 16, 16] });
  const other = await ok(place.run("inspect", "holes", "--json"));
  expect(JSON.parse(other.stdout)).toMatchObject({ task: "inpaint:box", condition: [4, 16, 16] });
  expect(JSON.parse(readFileSync(place.path("super", "config.json"), "utf8"))).toMatchObject({
    task: "superres:4",
    holdOut: 10,
    model: { in_channels: 6 },
  });
});

it("says at the end of a training how to sample, and that works", async () => {
  for (const [run, end] of [
    ["pairs", "--held-out --out sheet.png"],
    ["holes", "--condition FILE --out sheet.png"],
    ["classes", "--out samples.png"],
  ] as const) {
    const [, hint = ""] = /^To draw samples: deblend (.*)$/m.exec(said[run]) ?? [];
    expect(hint).toBe(`sample --model ${run} ${end}`);
    await ok(place.run(...hint.replace("FILE", "blue.png").split(" "), "--steps", "2"));
  }
});

it("draws grids while it trains: input, sample and picture; a row a class", async () => {
  const { width, height } = await sharp(place.path("pairs", "samples", "step-00000005.png")).metadata();
  // Three columns and four rows of 16 pixels, four times enlarged, with gaps.
  expect([width, height]).toEqual([4 * (3 * 18 + 2), 4 * (4 * 18 + 2)]);
  const grid = await sharp(place.path("classes", "samples", "step-00000005.png")).metadata();
  expect(grid.height).toBe(4 * (6 * 18 + 2));
});

it("goes on with a conditional run bit for bit", async () => {
  await ok(
    train("whole", "--data", "builtin:cats", "--task", "class", "--steps", "10", "--schedule", "constant"),
  );
  await ok(train("halves", "--data", "builtin:cats", "--task", "class", "--schedule", "constant"));
  await ok(place.run("train", "--out", "halves", "--resume", "--steps", "10"));
  const weights = ["checkpoints", "step-00000010", "diffusion_pytorch_model.safetensors"];
  expect(place.sha256("halves", ...weights)).toBe(place.sha256("whole", ...weights));
});

it("draws a sheet for held-out pictures, the same whatever the batch and the count", async () => {
  await ok(
    sample(
      "--model",
      "pairs",
      "--held-out",
      "--count",
      "3",
      "--batch",
      "1",
      "--each",
      "one",
      "--out",
      "sheet.png",
      "--guidance",
      "2",
    ),
  );
  await ok(
    sample(
      "--model",
      "pairs",
      "--held-out",
      "--count",
      "2",
      "--variations",
      "3",
      "--batch",
      "6",
      "--each",
      "many",
      "--guidance",
      "2",
    ),
  );
  expect(existsSync(place.path("sheet.png"))).toBe(true);
  expect(readdirSync(place.path("one"))).toHaveLength(6);
  for (const name of ["1-1.png", "1-2.png", "2-1.png", "2-2.png"]) {
    expect(place.sha256("many", name)).toBe(place.sha256("one", name));
  }
  expect(place.sha256("one", "1-1.png")).not.toBe(place.sha256("one", "1-2.png"));
});

it("takes any picture for a restoration and says what it did with it", async () => {
  const whole = await ok(sample("--model", "super", "--condition", "blue.png", "--out", "a.png"));
  expect(whole.stderr).toContain("whole pictures, brought to 16x16, degraded as in training (superres:4)");
  const small = await ok(sample("--model", "super", "--condition", "small.png", "--out", "b.png"));
  expect(small.stderr).toContain("small pictures, enlarged 4 times, nothing else done");
  await ok(sample("--model", "holes", "--condition", "blue.png", "--out", "c.png"));
  await sharp({ create: { width: 8, height: 8, channels: 3, background: "#000" } })
    .composite([
      { input: { create: { width: 4, height: 8, channels: 3, background: "#fff" } }, left: 0, top: 0 },
    ])
    .png()
    .toFile(place.path("mask.png"));
  const masked = await ok(
    sample("--model", "holes", "--condition", "blue.png", "--mask", "mask.png", "--out", "d.png"),
  );
  expect(masked.stderr).toContain("the mask laid over");
  await ok(
    sample("--model", "pairs", "--condition", "blue.png", "--reference", "small.png", "--out", "e.png"),
  );
});

it("keeps pictures of one name in several folders apart", async () => {
  for (const folder of ["map", "sat"]) {
    mkdirSync(place.path("both", folder), { recursive: true });
    copyFileSync(place.path("blue.png"), place.path("both", folder, "0.png"));
  }
  await ok(sample("--model", "pairs", "--condition", "both", "--variations", "1", "--each", "apart"));
  expect(readdirSync(place.path("apart"), { recursive: true }).sort()).toEqual([
    "map",
    join("map", "0-1.png"),
    "sat",
    join("sat", "0-1.png"),
  ]);
  copyFileSync(place.path("blue.png"), place.path("both", "map", "0.jpg"));
  await refused(
    sample("--model", "pairs", "--condition", "both", "--each", "apart"),
    /map\/0\.jpg and map\/0\.png in both differ in their endings only/,
  );
});

it("draws classes: all as rows, or those asked for; noise is shared by the images of a column", async () => {
  await ok(sample("--model", "classes", "--out", "all.png", "--json"));
  await ok(
    sample("--model", "classes", "--class", "black", "--count", "3", "--guidance", "3", "--each", "black"),
  );
  await ok(
    sample(
      "--model",
      "classes",
      "--class",
      "white",
      "black",
      "--count",
      "2",
      "--guidance",
      "3",
      "--each",
      "two",
    ),
  );
  expect(place.sha256("two", "black-2.png")).toBe(place.sha256("black", "black-2.png"));
  expect(readdirSync(place.path("two"))).toHaveLength(4);
});

it.each([
  ["pairs", "condition", "float32"],
  ["holes", "condition", "float32"],
  ["classes", "class", "int64"],
])("exports %s with its input %s", async (run, input, type) => {
  const { stdout } = await ok(
    place.run("export", "--model", run, "--format", "onnx", "--out", `onnx-${run}`, "--json"),
  );
  expect((JSON.parse(stdout) as { largestError: number }).largestError).toBeLessThan(1e-4);
  const facts = JSON.parse((await ok(place.run("inspect", `onnx-${run}/model.onnx`, "--json"))).stdout);
  expect(facts.types[input]).toBe(type);
  const { task, image, condition, means, classes, noClass } = JSON.parse(
    (await ok(place.run("inspect", run, "--json"))).stdout,
  );
  expect(facts).toMatchObject({
    ...{ task, image },
    ...(run === "classes" ? { classes, noClass } : { condition, means }),
  });
  await ok(place.run("export", "--model", run, "--format", "diffusers", "--out", `folder-${run}`));
  const given = run === "classes" ? ["--class", "cream", "--count", "1"] : ["--condition", "blue.png"];
  await ok(sample("--model", `folder-${run}`, ...given, "--out", "again.png"));
});

it("predicts for images of the model's channels only, and says what it takes", async () => {
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
  const predict = (run: string, tensors: Record<string, ReturnType<typeof zeros>>) => {
    const parts = encodeSafetensors(new Map(Object.entries({ ...tensors, alpha: zeros(2) })));
    writeFileSync(place.path("in.safetensors"), Buffer.concat(parts));
    return place.run("predict", "--model", run, "--input", "in.safetensors", "--output", "out.safetensors");
  };
  const condition = zeros(2, 3, 16, 16);
  await ok(predict("pairs", { x_alpha: zeros(2, 3, 16, 16), condition }));
  await refused(
    predict("pairs", { x_alpha: zeros(2, 6, 16, 16), condition }),
    /x_alpha must be \[n, 3, H, W\], beside alpha \[n\] and condition \[n, 3, H, W\], but is \[2, 6, 16, 16\]/,
  );
  await refused(
    predict("classes", { x_alpha: zeros(2, 1, 16, 16), class: zeros(2) }),
    /x_alpha must be \[n, 3, H, W\], beside alpha \[n\] and class \[n\], but is \[2, 1, 16, 16\]/,
  );
});

it("guides only networks that were shown none, wherever they lie", async () => {
  const guided = (model: string) =>
    sample("--model", model, "--condition", "blue.png", "--guidance", "2", "--out", "guided.png");
  const checkpoint = join("checkpoints", "step-00000005");
  await ok(guided(join("pairs", checkpoint)));
  await ok(place.run("export", "--model", "super", "--format", "diffusers", "--out", "elsewhere"));
  for (const model of ["super", join("super", checkpoint), join("super", checkpoint, "ema"), "elsewhere"]) {
    await refused(guided(model), /was trained with its conditions always shown, so it cannot be guided/);
  }
  // As a run of a version that did not write it into the network's own configuration.
  const file = place.path("super", checkpoint, "config.json");
  const { _deblend, ...network } = JSON.parse(readFileSync(file, "utf8"));
  expect(_deblend).toEqual({ task: "superres:4", labelDropout: 0 });
  writeFileSync(file, JSON.stringify({ ...network, _deblend: { task: "superres:4" } }));
  await refused(guided(join("super", checkpoint)), /was trained with its conditions always shown/);
});

it("judges a run on what it held out", async () => {
  const { stdout } = await ok(
    place.run(
      "evaluate",
      "--model",
      "super",
      "--count",
      "4",
      "--steps",
      "2",
      "--out",
      "judged.png",
      "--json",
    ),
  );
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ task: "superres:4", pictures: 4, heldOut: true });
  expect(report.baseline.psnr).toBeGreaterThan(10);
  expect(report.variationDifference).toBeGreaterThan(0);
  expect(existsSync(place.path("judged.png"))).toBe(true);
});

it("refuses with a sentence what does not fit", async () => {
  await refused(sample("--model", "pairs", "--out", "x.png"), /needs conditions \(its task is paired\)/);
  await refused(sample("--model", "super", "--class", "cat", "--out", "x.png"), /knows no classes/);
  await refused(
    sample("--model", "classes", "--class", "green", "--out", "x.png"),
    /no class green: it has orange, gray, black, white, cream, brown/,
  );
  await refused(
    sample("--model", "classes", "--condition", "blue.png", "--out", "x.png"),
    /takes no condition \(its task is class\)/,
  );
  await refused(
    sample("--model", "super", "--held-out", "--guidance", "2", "--out", "x.png"),
    /was trained with its conditions always shown/,
  );
  await refused(
    sample("--model", "pairs", "--condition", "blue.png", "--mask", "blue.png", "--out", "x.png"),
    /A mask is for inpainting/,
  );
  await refused(sample("--model", "pairs", "--condition", "nowhere.png", "--out", "x.png"), /nowhere\.png/);
  await refused(train("bad", "--data", "builtin:cats", "--task", "superres:3"), /multiples of the factor 3/);
  await refused(train("bad", "--data", "builtin:cats", "--task", "sharpen"), /--task.*sharpen is unknown/);
  await refused(train("bad", "--data", "builtin:cats", "--task", "paired"), /builtin:cats has no pairs/);
  await refused(
    train("bad", "--data", ".", "--task", "paired"),
    /--condition-from and --target-from, or --split/,
  );
  await refused(train("bad", "--data", "builtin:streets", "--task", "class"), /needs images in folders/);
  await refused(train("bad", "--data", "builtin:cats", "--hold-out", "1"), /--hold-out/);
  await refused(
    train("bad", "--data", "builtin:cats", "--split", "left-right"),
    /--split.*is for --task paired/,
  );
  expect(existsSync(place.path("bad"))).toBe(false);
});
