/**
 * The page Train in Chromium: the library's trainer in the page, stopped and gone on with, its files read back in Node.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { unzipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDeblender, decodeSafetensors, parseUNetConfig, sampleNoise, unet } from "../../src/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { openExported, readCard } from "../../studio/src/worker/operations/exportedModel.ts";
import { dropFiles, launchChromium, type Site, serveSite, visit } from "./site.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SLOW = { timeout: 115_000 };
const SMALL = "size=8&batch=2";

/** Of files to drop. */
const folder = mkdtempSync(join(tmpdir(), "deblend-drop-"));
const written = (name: string, bytes: Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

let site: Site;
let browser: Browser;
beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true });
});

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
/** Waits until nothing is going on and at least so many steps are done. */
const resting = async (page: Page, least: number) => {
  await page.waitForFunction(
    (steps) => {
      const { phase, step } = document.querySelector<HTMLElement>("[data-phase]")?.dataset ?? {};
      return phase === "idle" && Number(step) >= steps;
    },
    least,
    SLOW,
  );
  return Number(await page.locator("[data-phase]").getAttribute("data-step"));
};
const downloaded = async (page: Page, button: string) => {
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, button)]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
};
const weightsIn = (zip: Uint8Array) => {
  const files = unzipSync(zip);
  const [config, weights] = ["model/config.json", "model/diffusion_pytorch_model.safetensors"].map(
    (name) => files[name] ?? new Uint8Array(),
  );
  return {
    names: Object.keys(files).sort(),
    config: parseUNetConfig(JSON.parse(new TextDecoder().decode(config))),
    tensors: decodeSafetensors(weights ?? new Uint8Array()).tensors,
  };
};

it("trains, stops, goes on bit for bit, and gives files that the library reads", async () => {
  const { page, complaints } = await visit(browser, site, `#/train?${SMALL}&steps=24`);
  await press(page, "Train");
  await page.waitForFunction(
    () => Number(document.querySelector<HTMLElement>("[data-step]")?.dataset.step) >= 2,
    undefined,
    SLOW,
  );
  await press(page, "Stop");
  const stopped = await resting(page, 2);
  expect(stopped).toBeLessThan(24);
  await press(page, "Go on");
  expect(await resting(page, 24)).toBe(24);
  expect(await page.locator("[data-phase]").textContent()).toMatch(
    /1,046,883 parameters\s+on wasm \(1 thread\)/,
  );
  expect(await page.getByRole("img", { name: "16 samples after 24 steps" }).count()).toBe(1);
  const zip = await downloaded(page, "Download for diffusers (zip)");
  const onnx = await downloaded(page, "Download ONNX");
  expect([zip.name, onnx.name]).toEqual(["model.zip", "model.onnx"]);

  const { names, config, tensors } = weightsIn(zip.bytes);
  expect(names).toEqual(["model/config.json", "model/diffusion_pytorch_model.safetensors"]);
  expect(config).toMatchObject({ sample_size: 8, in_channels: 3, block_out_channels: [32, 64, 64] });
  expect(readCard(onnx.bytes, "it")).toMatchObject({ event: [3, 8, 8], classes: [], condition: undefined });
  // Both files are the same network.
  const device = await openDevice("cpu", { threads: 1 });
  const weights = new Map([...tensors].map(([name, { data }]) => [name, data]));
  const fromZip = createDeblender(device, unet(config), weights);
  const fromOnnx = await openExported(device, onnx.bytes, "it");
  const x = sampleNoise([3, 8, 8], 1, 0, 2);
  const [a, b] = [await fromZip.deblend(x, 0.5), await fromOnnx.deblend(x, 0.5)];
  expect(Math.max(...a.data.map((value, i) => Math.abs(value - (b.data[i] ?? Number.NaN))))).toBeLessThan(
    1e-4,
  );
  await fromZip.dispose();
  await fromOnnx.dispose();

  // The same run again, never stopped.
  await press(page, "Train");
  await page.waitForFunction(
    () => document.querySelector<HTMLElement>("[data-phase]")?.dataset.phase !== "idle",
  );
  expect(await resting(page, 24)).toBe(24);
  const straight = weightsIn((await downloaded(page, "Download for diffusers (zip)")).bytes);
  for (const [name, { data }] of straight.tensors) expect(tensors.get(name)?.data, name).toEqual(data);
  expect(complaints).toEqual([]);
  await page.context().close();
});

const flat = (background: string, width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

it("says what is set otherwise than when the training began, and starts again by default then", async () => {
  const { page, complaints } = await visit(browser, site, `#/train?${SMALL}&steps=1000`);
  const primary = () => page.locator("button.primary").allTextContents();
  const changed = () => page.locator("[data-changed]").textContent({ timeout: 1000 });
  await press(page, "Train");
  await page.waitForFunction(
    () => Number(document.querySelector<HTMLElement>("[data-step]")?.dataset.step) >= 1,
    undefined,
    SLOW,
  );
  // Pictures are not taken while it trains, and that is said.
  await dropFiles(page, page.getByRole("heading", { level: 1 }), [
    written("red.png", await flat("#f00", 9, 9)),
  ]);
  await page.getByText("Pictures are taken between two trainings").waitFor();
  await press(page, "Stop");
  await resting(page, 1);
  expect(await primary()).toEqual(["Go on"]);
  await page.getByRole("combobox", { name: "batch" }).selectOption("4");
  expect(await primary()).toEqual(["Start again"]);
  expect(await changed()).toMatch(/Changed since this training began: batch\./);
  // A folder, with something in it that is no picture.
  mkdirSync(join(folder, "some", "inner"), { recursive: true });
  written("some/red.png", await flat("#f00", 30, 20));
  written("some/inner/blue.png", await flat("#00f", 9, 9));
  written("some/notes.txt", Buffer.from("notes"));
  await dropFiles(page, page.getByRole("heading", { level: 1 }), [join(folder, "some")]);
  await page.locator("[data-pictures='2']").waitFor();
  await page.getByText("1 of these is no picture and was left out.").waitFor();
  expect(await changed()).toMatch(/began: pictures, batch\./);
  // A look at another page loses neither.
  await page.getByRole("link", { name: "Paper", exact: true }).click();
  await page.waitForFunction(() => document.title.startsWith("Paper"));
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await page.locator("[data-pictures='2']").waitFor();
  expect(await changed()).toMatch(/began: pictures, batch\./);
  expect(await page.getByRole("combobox", { name: "batch" }).inputValue()).toBe("4");

  await page.getByRole("spinbutton", { name: "steps" }).fill("2");
  // Where the training had come further than that, nothing could go on.
  await page.getByRole("button", { name: /^(Train|Start again)$/ }).click();
  await page.locator("[data-phase]:not([data-phase=idle])").waitFor();
  expect(await resting(page, 2)).toBe(2);
  expect(await page.locator("[data-changed]").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("goes on while another page is looked at, and hands its model to Generate", async () => {
  const { page, complaints } = await visit(browser, site, `#/train?${SMALL}&steps=6`);
  await press(page, "Train");
  await page.getByRole("link", { name: "Paper", exact: true }).click();
  await page.waitForFunction(() => document.title.startsWith("Paper"));
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await resting(page, 6);
  await press(page, "Generate with it");
  await page.locator("[data-model='trained-here.onnx']").waitFor(SLOW);
  await page.locator("[data-done=true]").waitFor(SLOW);
  expect(await page.locator("[data-model]").textContent()).toContain("8 × 8, colour");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("trains on pictures that are given, says which it cannot read, and never sends them anywhere", async () => {
  const { page, complaints } = await visit(browser, site, `#/train?${SMALL}&steps=2`);
  const before = site.requests.length;
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() !== "GET") sent.push(request.url());
  });
  await page.getByLabel("Choose pictures").setInputFiles([
    { name: "red.png", mimeType: "image/png", buffer: await flat("#f00", 30, 20) },
    { name: "green.png", mimeType: "image/png", buffer: await flat("#0f0", 9, 400) },
    { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("not a picture") },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("notes") },
  ]);
  expect(await page.getByRole("alert").textContent()).toBe("1 of these is no picture and was left out.");
  expect(await page.locator("[data-pictures]").getAttribute("data-pictures")).toBe("3");
  await press(page, "Train");
  expect(await resting(page, 2)).toBe(2);
  expect(await page.getByText("Skipped broken.png").textContent()).toMatch(/could not be read/);
  expect(sent).toEqual([]);
  expect(site.requests.slice(before).every((name) => /\.(js|mjs|wasm)$/.test(name))).toBe(true);

  await press(page, "Back to the cats");
  await page
    .getByLabel("Choose pictures")
    .setInputFiles([{ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("not a picture") }]);
  await press(page, "Train");
  await expect
    .poll(() => page.getByRole("alert").allTextContents(), SLOW)
    .toEqual(["broken.png could not be read as a picture: choose a PNG, JPEG or WebP file."]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says before it begins how large the network is, and what is fetched for it", async () => {
  const { page } = await visit(browser, site, "#/train");
  const said = page.locator("[data-phase]");
  await expect.poll(() => said.textContent()).toMatch(/of 1\.0 million numbers .*The runtime \(14 MB\)/s);
  await page.getByRole("combobox", { name: "network" }).selectOption("small");
  await page.getByRole("combobox", { name: "device" }).selectOption("webgpu");
  await expect.poll(() => said.textContent()).toMatch(/of 6\.5 million numbers .*The runtime \(27 MB\)/s);
  await page.context().close();
});

it("says what is wrong with settings that cannot be", async () => {
  const { page } = await visit(browser, site, "#/train?size=10&steps=2");
  await press(page, "Train");
  await expect
    .poll(() => page.getByRole("alert").allTextContents(), SLOW)
    .toEqual([expect.stringMatching(/10x10.*multiples of 4/)]);
  await page.context().close();
});

it("trains on WebGPU, stops, goes on, and gives its files", { timeout: 500_000 }, async () => {
  const { page, complaints } = await visit(browser, site, `#/train?${SMALL}&steps=50&device=webgpu`);
  const reached = (step: number) =>
    page.waitForFunction(
      (least) => Number(document.querySelector<HTMLElement>("[data-phase]")?.dataset.step) >= least,
      step,
      { timeout: 280_000 },
    );
  await press(page, "Train");
  await reached(1);
  expect(await page.locator("[data-phase]").textContent()).toContain("WebGPU");
  // It is stopped before it draws samples, which would take minutes in software.
  await press(page, "Stop");
  const stopped = await resting(page, 1);
  await press(page, "Go on");
  await reached(stopped + 1);
  await press(page, "Stop");
  await resting(page, stopped + 1);
  expect(await page.getByRole("alert").allTextContents()).toEqual([]);
  const { config, tensors } = weightsIn((await downloaded(page, "Download for diffusers (zip)")).bytes);
  expect(config.sample_size).toBe(8);
  for (const [name, { data }] of tensors) expect(data.every(Number.isFinite), name).toBe(true);
  const onnx = await downloaded(page, "Download ONNX");
  expect(readCard(onnx.bytes, "it").event).toEqual([3, 8, 8]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it.each([
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
] as const)("is accessible and fits after training, at $width, $colorScheme", async (options) => {
  const { page } = await visit(browser, site, `#/train?${SMALL}&steps=2`, options);
  await press(page, "Train");
  await resting(page, 2);
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(options.width);
  await page.context().close();
});
