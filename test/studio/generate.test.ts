/**
 * The page Generate in Chromium: the shipped model gives the library's own images; files of other models; every control.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, Locator, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseTask, sample } from "../../src/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { openExported } from "../../studio/src/worker/operations/exportedModel.ts";
import { classModel, conditionalModel, exported, otherModel } from "./models.ts";
import { BUILT, dropFiles, launchChromium, type Site, serveSite, visit } from "./site.ts";

const SHIPPED = join(import.meta.dirname, "../../studio/public/model/cats-16.onnx");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DONE = { timeout: Number(process.env.DONE_MS ?? 110_000) };

let site: Site;
let browser: Browser;
/** Of files to drop. */
const folder = mkdtempSync(join(tmpdir(), "deblend-drop-"));
const written = (name: string, bytes: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true });
});

const done = (page: Page) => page.locator("[data-done=true]").waitFor(DONE);
/** The colours of one of the pictures that are shown at alpha, [height, width, 4]. */
const pixelsOf = (image: Locator) =>
  image.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    // A copy: reading from the page's own canvas would make the browser complain about it.
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {
      willReadFrequently: true,
    });
    context?.drawImage(canvas, 0, 0);
    return [...(context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
  });
const imageAt = (page: Page, index: number) =>
  page.getByRole("listbox").first().getByRole("option").nth(index);
const setSelect = (page: Page, label: string, value: string) => page.getByLabel(label).selectOption(value);
const give = (page: Page, name: string, bytes: Uint8Array) =>
  page
    .getByLabel("Your model (.onnx)")
    .setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });

it("gives the images that the library gives for the same seed, and saves them", async () => {
  const { page, complaints } = await visit(
    browser,
    site,
    "#/generate?seed=5&count=3&T=4&solver=heun&grid=cosine",
  );
  await done(page);
  expect(await page.locator("[data-done]").textContent()).toContain("4 × 2 = 8 evaluations");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save PNG" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("deblend-seed-5.png");
  // Two by two pictures of 16 with gaps of 2, four times as large.
  const saved = sharp(await readFile(await download.path())).removeAlpha();
  expect(await saved.metadata()).toMatchObject({ width: 4 * 38, height: 4 * 38 });
  const pixels = await saved.resize(38, 38, { kernel: "nearest" }).raw().toBuffer();

  const model = await openExported(await openDevice("cpu"), await readFile(SHIPPED), "cats");
  const options = { event: model.card.event, count: 3, batch: 3, seed: 5, steps: 4 };
  const { data } = await sample(model.deblend, { ...options, solver: "heun", grid: "cosine" });
  await model.dispose();
  let largest = 0;
  for (let i = 0; i < 3; i++) {
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < 256; p++) {
        const expected = Math.min(255, Math.max(0, ((data[(i * 3 + c) * 256 + p] ?? 0) + 1) * 127.5));
        const [x, y] = [2 + (i % 2) * 18 + (p % 16), 2 + Math.floor(i / 2) * 18 + Math.floor(p / 16)];
        largest = Math.max(largest, Math.abs((pixels[(y * 38 + x) * 3 + c] ?? 0) - expected));
      }
    }
  }
  expect(largest).toBeLessThan(1.5);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("loads the model and the runtime only when somebody asks for them", async () => {
  const fresh = await serveSite();
  const heavy = () => fresh.requests.filter((name) => /\.(onnx|wasm)$/.test(name));
  const { page, complaints } = await visit(browser, fresh, "#/generate");
  await page.getByRole("img", { name: "Sixteen cats" }).waitFor();
  expect(heavy()).toEqual([]);
  const said = await page.getByText("Loads the model").textContent();
  // Any change is a wish to see it.
  await page.getByLabel("how many").fill("1");
  await done(page);
  expect(heavy()).toHaveLength(2);
  // What was said before is what was fetched.
  const megabytes = (ending: string) => {
    const name = heavy().find((path) => path.endsWith(ending)) ?? "";
    return Math.round(statSync(join(BUILT, name)).size / 1e6);
  };
  expect(said).toContain(
    `the model, ${megabytes(".onnx")} MB, and once the runtime, ${megabytes(".wasm")} MB.`,
  );
  expect(complaints).toEqual([]);
  await page.context().close();
  await fresh.close();
});

it("shows every step: the predicted end is there before the image is", async () => {
  const { page, complaints } = await visit(browser, site, "#/generate?seed=5&count=1&T=4");
  await done(page);
  const [reached] = [await pixelsOf(imageAt(page, 0))];
  const film = page.getByRole("listbox", { name: "Image 1 along alpha" });
  expect(await film.getByRole("option").evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual([
    "α 0.00",
    "α 0.25",
    "α 0.50",
    "α 0.75",
    "α 1.00",
  ]);
  await film.getByRole("option").first().click();
  const noise = await pixelsOf(imageAt(page, 0));
  const predicted = await pixelsOf(page.locator("figure").nth(1));
  const distance = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
  expect(distance(predicted, reached)).toBeLessThan(distance(noise, reached) / 2);
  // The address follows, and the keyboard goes on from there.
  await page.waitForFunction(() => location.hash.includes("alpha=0"));
  await film.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
  expect(await pixelsOf(imageAt(page, 0))).toEqual(reached);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("goes from one seed to another, and its address reproduces what it shows", async () => {
  const { page } = await visit(browser, site, "#/generate?seed=3&count=1&T=2");
  await done(page);
  const third = await pixelsOf(imageAt(page, 0));
  await page.getByRole("button", { name: "Next seed" }).click();
  await page.waitForFunction(() => location.hash.includes("seed=4"));
  await done(page);
  const fourth = await pixelsOf(imageAt(page, 0));
  expect(fourth).not.toEqual(third);

  await page.goto(`${site.url}#/generate?seed=3&from=two&to=4&count=3&T=2`);
  await page.getByRole("option", { name: "Image 3" }).waitFor(DONE);
  await done(page);
  const near = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
  expect(near(await pixelsOf(imageAt(page, 0)), third)).toBeLessThan(3);
  expect(near(await pixelsOf(imageAt(page, 2)), fourth)).toBeLessThan(3);
  expect(near(await pixelsOf(imageAt(page, 1)), third)).toBeGreaterThan(20);
  await page.context().close();
});

it.each([
  ["wasm", "wasm"],
  ["webgpu", "WebGPU"],
])("shows a conditional model what is drawn, or a picture that is given, on %s", async (device, words) => {
  const { page, complaints } = await visit(browser, site, "#/generate?count=1&T=1&device=wasm");
  await done(page);
  await give(page, "pairs.onnx", conditionalModel());
  await page.locator("[data-model='pairs.onnx']").waitFor(DONE);
  await setSelect(page, "device", device);
  await expect.poll(() => page.locator("[data-model='pairs.onnx']").textContent(), DONE).toContain(words);
  await page.getByRole("option", { name: "Image 2" }).waitFor(DONE);
  await done(page);
  // The pad is white, and so are both generations.
  expect(new Set(await pixelsOf(imageAt(page, 1)))).toEqual(new Set([255]));

  const blue = await sharp({ create: { width: 20, height: 10, channels: 3, background: "#0000ff" } })
    .png()
    .toBuffer();
  await page.getByLabel("Picture").setInputFiles({ name: "blue.png", mimeType: "image/png", buffer: blue });
  const isBlue = () =>
    expect.poll(async () => (await pixelsOf(imageAt(page, 1))).slice(0, 4), DONE).toEqual([0, 0, 255, 255]);
  await isBlue();

  const pad = page.getByRole("application");
  const box = await pad.boundingBox();
  if (box === null) throw new Error("The pad is not on the page.");
  await page.getByRole("button", { name: "Colour #c8431c" }).click();
  // Along the middle of the fifth row of eight.
  const row = box.y + (box.height * 4.5) / 8;
  await page.mouse.move(box.x + box.width * 0.2, row);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, row);
  await page.mouse.up();
  const middle = 4 * (4 * 8 + 4);
  await expect.poll(async () => (await pixelsOf(imageAt(page, 0)))[middle] ?? 0, DONE).toBeGreaterThan(150);
  await page
    .getByLabel("Picture")
    .setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no") });
  expect(await page.getByRole("alert").textContent()).toMatch(/no\.png could not be read as a picture/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it.each(["wasm", "webgpu"])("offers classes and guidance where the model has them, on %s", async (device) => {
  const { page, complaints } = await visit(browser, site, "#/generate?count=3&T=1&device=wasm");
  await done(page);
  // The shipped network would take long in software; this model is three operations.
  await give(page, "fruit.onnx", classModel());
  await page.locator("[data-model='fruit.onnx']").waitFor(DONE);
  await setSelect(page, "device", device);
  await page.getByRole("option", { name: "Image 3: plum" }).waitFor(DONE);
  await done(page);
  expect(await page.locator("[data-model]").textContent()).toContain(device === "wasm" ? "wasm" : "WebGPU");
  const level = async (index: number) => (await pixelsOf(imageAt(page, index)))[0];
  const gray = (value: number) => Math.round((value + 1) * 127.5);
  expect([await level(0), await level(1), await level(2)]).toEqual([gray(0), gray(0.25), gray(0.5)]);
  await setSelect(page, "class", "1");
  await expect.poll(() => level(2), DONE).toBe(gray(0.25));
  // Without a class 0.75, with this one 0.25: twice the difference is -0.25.
  await page.getByLabel("guidance").fill("2");
  await expect.poll(() => level(2), DONE).toBe(gray(-0.25));
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("offers no guidance where the model cannot be guided, and says why", async () => {
  // The address may ask for it all the same.
  const { page } = await visit(browser, site, "#/generate?count=3&T=1&guidance=3");
  await done(page);
  expect(await page.getByLabel("guidance").count()).toBe(0);
  await give(page, "fruit.onnx", classModel(0));
  await page.getByRole("option", { name: "Image 3: plum" }).waitFor(DONE);
  await done(page);
  await page.getByText("It cannot be guided: it was trained with its labels always shown").waitFor();
  expect(await page.getByLabel("guidance").count()).toBe(0);
  expect((await pixelsOf(imageAt(page, 1)))[0]).toBe(Math.round(1.25 * 127.5));
  await page.context().close();
});

/** A picture in which every pixel is another colour, as PNG, and its numbers, [3, side, side]. */
async function colourful(side: number) {
  const data = Buffer.from(Array.from({ length: side * side * 3 }, (_, i) => (i * 73) % 256));
  const png = await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
  const plane = side * side;
  const planes = Float32Array.from(
    { length: 3 * plane },
    (_, i) => (data[3 * (i % plane) + Math.floor(i / plane)] ?? 0) / 127.5 - 1,
  );
  return { png, planes };
}

it.each([
  ["superres:2", { labelDropout: 0.1 }],
  ["colorize", {}],
  ["inpaint:box", {}],
] as const)(
  "shows a model for %s what training would have, and draws the library's images for it",
  async (task, options) => {
    const bytes = exported(task, options);
    const { page, complaints } = await visit(browser, site, "#/generate");
    await page.getByRole("button", { name: "Watch it happen" }).waitFor();
    await dropFiles(page, page.getByRole("heading", { level: 1 }), [written("real.onnx", bytes)]);
    await page.locator("[data-model='real.onnx']").waitFor(DONE);
    await page.getByLabel("steps, T").fill("2");
    await page.getByLabel("seed", { exact: true }).fill("7");
    const { png, planes } = await colourful(8);
    await dropFiles(page, page.getByRole("application"), [written("colourful.png", png)]);

    // The pad shows the condition, not the picture.
    const parsed = parseTask(task);
    const shape = [parsed.conditionChannels(3, 3), 8, 8] as const;
    const condition = new Float32Array(shape[0] * 64);
    parsed.degrade?.({ data: planes, shape: [3, 8, 8] }, condition, { seed: 0, index: 0 });
    const channels = shape[0] === 4 ? 3 : shape[0];
    const isHole = (p: number) => shape[0] === 4 && condition[3 * 64 + p] === 1;
    const expectedPad = Array.from({ length: 64 * 3 }, (_, i) => {
      const [p, c] = [Math.floor(i / 3), i % 3];
      const value = condition[Math.min(c, channels - 1) * 64 + p] ?? 0;
      return isHole(p) ? -1 : Math.round(Math.min(255, Math.max(0, (value + 1) * 127.5)));
    });
    const pad = async () => {
      const rgba = await pixelsOf(page.getByRole("application"));
      return expectedPad.map((value, i) => (value < 0 ? -1 : (rgba[4 * Math.floor(i / 3) + (i % 3)] ?? 0)));
    };
    await expect
      .poll(
        async () => Math.max(...(await pad()).map((value, i) => Math.abs(value - (expectedPad[i] ?? 0)))),
        DONE,
      )
      .toBeLessThanOrEqual(1);
    const holes = await pixelsOf(page.getByRole("application"));
    for (let p = 0; p < 64; p++) if (isHole(p)) expect([120, 185]).toContain(holes[4 * p]);

    // And the images are those of the library.
    const model = await openExported(await openDevice("cpu"), bytes, "real");
    const { data } = await sample(model.deblend, {
      ...{ event: model.card.event, count: 2, batch: 2, seed: 7, steps: 2 },
      given: { condition: { data: Float32Array.of(...condition, ...condition), shape: [2, ...shape] } },
    });
    await model.dispose();
    const expected = Array.from({ length: 64 * 3 }, (_, i) => {
      const value = data[3 * 64 + (i % 3) * 64 + Math.floor(i / 3)] ?? 0;
      return Math.min(255, Math.max(0, (value + 1) * 127.5));
    });
    await expect
      .poll(async () => {
        const rgba = await pixelsOf(imageAt(page, 1));
        return Math.max(
          ...expected.map((value, i) => Math.abs((rgba[4 * Math.floor(i / 3) + (i % 3)] ?? 0) - value)),
        );
      }, DONE)
      .toBeLessThan(1.5);
    const canGuide = "labelDropout" in options;
    expect(await page.getByLabel("guidance").count()).toBe(canGuide ? 1 : 0);
    expect(await page.getByText("It cannot be guided").count()).toBe(canGuide ? 0 : 1);
    // A gray condition is drawn in grays.
    expect(await page.getByRole("button", { name: "Colour #808080" }).count()).toBe(
      task === "colorize" ? 1 : 0,
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

it("takes a smaller picture for the coarse one of a super-resolution, and a hole that is cut for the hole", async () => {
  const { page } = await visit(browser, site, "#/generate");
  await give(page, "coarse.onnx", exported("superres:2"));
  await page.locator("[data-model='coarse.onnx']").waitFor(DONE);
  const { png, planes } = await colourful(4);
  await page.getByLabel("Picture").setInputFiles({ name: "small.png", mimeType: "image/png", buffer: png });
  const expected = new Float32Array(3 * 64);
  parseTask("superres:2").asCondition?.({ data: planes, shape: [3, 4, 4] }, expected);
  await expect
    .poll(async () => {
      const rgba = await pixelsOf(page.getByRole("application"));
      return Math.max(
        ...Array.from(expected, (value, i) =>
          Math.abs((rgba[4 * (i % 64) + Math.floor(i / 64)] ?? 0) - (value + 1) * 127.5),
        ),
      );
    }, DONE)
    .toBeLessThan(1.5);

  await give(page, "hole.onnx", exported("inpaint:box"));
  await page.locator("[data-model='hole.onnx']").waitFor(DONE);
  // A hole is there from the beginning, as in training.
  await page.getByRole("option", { name: "Image 2" }).waitFor(DONE);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("There is no hole yet: cut one where the picture is to be filled in.").waitFor();
  const box = await page.getByRole("application").boundingBox();
  if (box === null) throw new Error("The pad is not on the page.");
  await page.mouse.click(box.x + box.width / 16, box.y + box.height / 16);
  await expect.poll(() => page.getByRole("alert").count(), DONE).toBe(0);
  await expect.poll(async () => (await pixelsOf(page.getByRole("application")))[0], DONE).toBe(120);
  await page.context().close();
});

it("draws with a class of a real network, as its file takes it", async () => {
  const bytes = exported("class", { labelDropout: 0.1 });
  const { page, complaints } = await visit(browser, site, "#/generate?count=3&T=2&seed=2");
  await done(page);
  await give(page, "real.onnx", bytes);
  await page.getByRole("option", { name: "Image 3: plum" }).waitFor(DONE);
  await page.getByLabel("guidance").fill("3");
  const model = await openExported(await openDevice("cpu"), bytes, "real");
  const { data } = await sample(model.deblend, {
    ...{ event: model.card.event, count: 3, batch: 3, seed: 2, steps: 2, guidance: 3 },
    given: { label: Float32Array.of(0, 1, 2), nullLabel: model.nullLabel },
  });
  await model.dispose();
  const expected = Math.min(255, Math.max(0, ((data[2 * 192] ?? 0) + 1) * 127.5));
  await expect
    .poll(async () => Math.abs(((await pixelsOf(imageAt(page, 2)))[0] ?? 0) - expected), DONE)
    .toBeLessThan(1.5);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says in one sentence why a file is no model for it, and keeps the model before", async () => {
  const { page } = await visit(browser, site, "#/generate?count=3&T=1");
  await done(page);
  await give(page, "fruit.onnx", classModel());
  await page.getByRole("option", { name: "Image 3: plum" }).waitFor(DONE);
  await give(page, "words.onnx", new TextEncoder().encode("These are words."));
  await expect
    .poll(() => page.getByRole("alert").allTextContents(), DONE)
    .toEqual(["words.onnx is not an ONNX file: give a file that deblend export --format onnx wrote."]);
  await page.locator("[data-model='fruit.onnx']").waitFor(DONE);
  await give(page, "other.onnx", otherModel());
  await expect
    .poll(() => page.getByRole("alert").allTextContents(), DONE)
    .toEqual([
      "other.onnx is not a model that this page can run: it should have the inputs x_alpha and alpha, but has picture; give a file that deblend export --format onnx wrote.",
    ]);
  await page.locator("[data-model='fruit.onnx']").waitFor(DONE);
  // It still generates.
  await done(page);
  await setSelect(page, "class", "2");
  await expect.poll(async () => (await pixelsOf(imageAt(page, 0)))[0], DONE).toBe(Math.round(1.5 * 127.5));
  await page.getByRole("button", { name: "Back to the cats" }).click();
  await page.locator("[data-model='cats-16.onnx']").waitFor(DONE);
  expect(await page.getByRole("alert").count()).toBe(0);
  await page.context().close();
});

it("finds its model and what was drawn for it again after a look at another page", async () => {
  const { page, complaints } = await visit(browser, site, "#/generate?count=2&T=1");
  await done(page);
  await give(page, "pairs.onnx", conditionalModel());
  await page.locator("[data-model='pairs.onnx']").waitFor(DONE);
  const blue = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#0000ff" } })
    .png()
    .toBuffer();
  await page.getByLabel("Picture").setInputFiles({ name: "blue.png", mimeType: "image/png", buffer: blue });
  const isBlue = () =>
    expect.poll(async () => (await pixelsOf(imageAt(page, 1))).slice(0, 4), DONE).toEqual([0, 0, 255, 255]);
  await isBlue();
  await page.getByLabel("how many").fill("5");
  await page.getByRole("link", { name: "Paper", exact: true }).click();
  await page.waitForFunction(() => document.title.startsWith("Paper"));
  await page.getByRole("link", { name: "Generate", exact: true }).click();
  await page.locator("[data-model='pairs.onnx']").waitFor(DONE);
  await page.getByRole("option", { name: "Image 5" }).waitFor(DONE);
  await isBlue();
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("lays pictures between two seeds out in rows of eight, on the page and in the file", async () => {
  const { page } = await visit(browser, site, "#/generate?count=10&T=1&from=two&to=3");
  await done(page);
  await page.getByRole("option", { name: "Image 10" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save PNG" }).click(),
  ]);
  const { width, height } = await sharp(await readFile(await download.path())).metadata();
  expect([width, height]).toEqual([4 * (8 * 18 + 2), 4 * (2 * 18 + 2)]);
  await page.context().close();
});

it("runs on WebGPU, with the same images as on wasm", async () => {
  const hash = "#/generate?seed=5&count=1&T=2";
  const { page, complaints } = await visit(browser, site, `${hash}&device=webgpu`);
  await done(page);
  expect(await page.locator("[data-model]").textContent()).toContain("WebGPU");
  const onGpu = await pixelsOf(imageAt(page, 0));
  await setSelect(page, "device", "wasm");
  await expect.poll(() => page.locator("[data-model]").textContent(), DONE).toContain("wasm (1 thread)");
  await done(page);
  const onWasm = await pixelsOf(imageAt(page, 0));
  expect(Math.max(...onGpu.map((value, i) => Math.abs(value - (onWasm[i] ?? 0))))).toBeLessThan(3);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it.each([
  { width: 1280, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const)("is accessible and fits at $width, $colorScheme", async (options) => {
  const { page } = await visit(browser, site, "#/generate?count=2&T=1", options);
  await done(page);
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(options.width);
  await page.context().close();
});
