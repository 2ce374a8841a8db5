/**
 * The train page as `deblend studio` serves it, in Chromium: a run is started from the form, its curve moves, it is stopped,
 * resumed and compared; nothing complains on the console, the content security policy included.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWorkplace, QUICK, type Running, whenSaid } from "../e2e/command.ts";
import { launchChromium, serveSite, visit } from "./site.ts";

const place = openWorkplace();
let studio: Running;
let url = "";
let browser: Browser;
beforeAll(async () => {
  const { code } = await place.run(
    "train",
    ...QUICK,
    "--steps",
    "60",
    "--sample-every",
    "20",
    "--out",
    "runs/before",
  );
  expect(code).toBe(0);
  studio = place.start("studio", "--no-open", "--port", "0", "--runs", "runs");
  studio.child.stdout?.on("data", (chunk: Buffer) => {
    url += String(chunk).trim();
  });
  await whenSaid(studio, "stdout", /\n/);
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  studio?.child.kill("SIGINT");
  await studio?.ended;
  place.close();
});

const open = (hash: string, options = {}) =>
  visit(browser, { url, requests: [], close: async () => undefined }, hash, options);
const points = (page: Page) =>
  page
    .locator("path[data-points]")
    .first()
    .getAttribute("data-points")
    .then(Number, () => 0);
const expectNoFindings = async (page: Page) => {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
};

it("starts a run from the form, shows its curve move, stops it and resumes it", async () => {
  const { page, complaints } = await open("#/train");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.getByRole("button", { name: "New run" }).click();
  await page.getByLabel("Name").fill("from the form");
  await page.getByLabel("Data").fill("builtin:cats");
  await page.getByLabel("Size").fill("16");
  await page.getByLabel("Model").selectOption("tiny");
  await page.getByLabel("Steps", { exact: true }).fill("100000");
  await page.getByLabel("Batch").fill("0");
  await page.getByRole("button", { name: "Start training" }).click();
  // Refused by the schema, and the field is marked.
  await page.getByText("batch: expected more than 0").waitFor();
  expect(await page.getByLabel("Batch").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Batch").fill("2");
  await page.getByText("Reports", { exact: true }).click();
  await page.getByLabel("Log every").fill("2");
  await page.getByLabel("Sample every").fill("8");
  await page.getByLabel("Sample count").fill("4");
  await page.getByLabel("Sample steps").fill("2");
  await page.getByText("Machine and others").click();
  await page.getByLabel("Threads").fill("1");
  await page.getByRole("button", { name: "Start training" }).click();

  await page.getByRole("heading", { name: "from the form" }).waitFor({ timeout: 60_000 });
  await page.locator("path[data-points]").first().waitFor({ timeout: 60_000 });
  const before = await points(page);
  await expect.poll(() => points(page), { timeout: 60_000 }).toBeGreaterThan(before + 3);
  const image = page.getByRole("img", { name: /^Samples of from the form at step / });
  await image.waitFor();
  await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBeGreaterThan(0);

  await page.getByRole("button", { name: "Stop and save" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor({ timeout: 60_000 });
  expect(await page.getByTestId("facts").textContent()).toContain("stopped");
  const stoppedAt = Number((await page.getByTestId("step").textContent())?.replace(",", ""));
  await page.getByRole("button", { name: "Resume" }).click();
  const step = async () => Number((await page.getByTestId("step").textContent())?.replace(",", ""));
  await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(stoppedAt + 3);
  await page.getByRole("button", { name: "Stop and save" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor({ timeout: 60_000 });
  // The one refusal above is an answer of 422, which Chromium notes by itself.
  expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
  expect(complaints.length).toBe(1);
  await page.context().close();
});

it.each([
  ["wide and light", { width: 1280, colorScheme: "light" }],
  ["narrow and dark", { width: 390, colorScheme: "dark" }],
] as const)("compares two runs from a link, %s", async (_, options) => {
  const { page, complaints } = await open("#/train?run=before&with=from+the+form&show=gradientNorm", options);
  await expect.poll(() => page.locator("path[data-points]").count()).toBe(2);
  expect(await page.getByLabel("Beside").inputValue()).toBe("from the form");
  await page.getByRole("img", { name: /^Gradient norm\. before: .* from the form: / }).waitFor();
  const slider = page.getByRole("slider");
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await slider.getAttribute("aria-valuetext")).toBe("step 40");
  await page.getByRole("img", { name: "Samples of before at step 40" }).waitFor();
  await page.getByText("Configurations of before and from the form").click();
  expect(await page.locator("tr.differs th").allTextContents()).toEqual(
    expect.arrayContaining(["Size", "Steps", "network: block out channels"]),
  );
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await expectNoFindings(page);
  await page.getByRole("button", { name: "New run" }).click();
  await page.getByRole("button", { name: "Start training" }).waitFor();
  await expectNoFindings(page);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("draws the curve that is there, beside a run without metrics and before the other's have come", async () => {
  // A run that has just begun: a configuration, and nothing else yet.
  mkdirSync(place.path("runs", "empty", "samples"), { recursive: true });
  copyFileSync(place.path("runs", "before", "config.json"), place.path("runs", "empty", "config.json"));
  const { page, complaints } = await open("#/train");
  const curves = page.locator("path[data-points]");
  const paths = () =>
    page.locator("figure path").evaluateAll((all) => all.map((one) => one.getAttribute("d")));
  for (const scale of ["log", "linear"]) {
    for (const pair of ["run=before&with=empty", "run=empty&with=before"]) {
      await page.goto(`${url}#/train?${pair}&scale=${scale}`);
      await page.reload();
      await expect.poll(() => curves.count()).toBe(1);
      expect((await paths()).join(" ")).not.toContain("NaN");
      await page.getByText("empty: no metrics yet").waitFor();
    }
  }
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/api/runs/before/metrics*", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${url}#/train?run=before&with=from+the+form`);
  await page.reload();
  await expect.poll(() => curves.count()).toBe(1);
  expect((await paths()).join(" ")).not.toContain("NaN");
  release();
  await expect.poll(() => curves.count()).toBe(2);
  expect((await paths()).join(" ")).not.toContain("NaN");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says what the columns of a task's samples are", async () => {
  const { code } = await place.run(
    ...["train", "--data", "builtin:cats", "--task", "superres:2", "--model", "net.json", "--batch", "2"],
    ...[
      "--steps",
      "4",
      "--sample-every",
      "4",
      "--sample-count",
      "2",
      "--sample-steps",
      "2",
      "--threads",
      "1",
    ],
    ...["--out", "runs/coarse"],
  );
  expect(code).toBe(0);
  const { page, complaints } = await open("#/train?run=coarse");
  await page
    .getByRole("img", { name: "Samples of coarse at step 4, in columns: condition, sample, original" })
    .waitFor();
  const columns = page.locator("figure:has(img) .columns span");
  expect(await columns.allTextContents()).toEqual(["condition", "sample", "original"]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("trains a finished run on, and chooses another run from the list", async () => {
  const { page, complaints } = await open("#/train?run=before");
  await page.getByLabel("to step").fill("80");
  await page.getByRole("button", { name: "Train on" }).click();
  await expect
    .poll(() => page.getByTestId("facts").textContent(), { timeout: 60_000 })
    .toMatch(/^\s*finished, step 80 of 80/);
  await page
    .getByRole("navigation", { name: "Runs" })
    .getByRole("button", { name: /from the form/ })
    .click();
  await page.getByRole("heading", { name: "from the form" }).waitFor();
  await expect.poll(() => page.url()).toContain("run=from+the+form");
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("says when the server is gone", async () => {
  const { page } = await open("#/train?run=before");
  await page.getByTestId("facts").waitFor();
  studio.child.kill("SIGINT");
  await studio.ended;
  await page.getByText("The connection to the server is broken").waitFor();
  await page.getByRole("button", { name: "Train on" }).click();
  // What was asked for beside it may say the same.
  await page.getByText("The server does not answer: is deblend studio still running?").first().waitFor();
  await page.context().close();
});

it("on a plain file server says in a sentence how to get it, and asks for nothing that is not there", async () => {
  const site = await serveSite();
  const { page, complaints } = await visit(browser, site, "#/train");
  await page.getByText("run deblend studio").waitFor();
  expect(site.requests.filter((path) => path.includes("api"))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
  await site.close();
});

interface AxeResults {
  readonly violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[];
}
declare global {
  interface Window {
    readonly axe: { run(): Promise<AxeResults> };
  }
}
const AXE = (createRequire(import.meta.url)("axe-core") as { source: string }).source;
