// Takes pictures of the studio's pages for the documentation: docs/studio/NAME-WIDTH.png, light and, for one page, dark.
// `node scripts/screenshots.mjs [--out FOLDER] [NAME ...]` takes only those whose name contains one of the words.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { preview } from "vite";
import "./buildStudio.mjs";
import { serveRuns } from "./studioRuns.mjs";

/** What to open, and what must be on the page before its picture is taken. */
const SHOTS = [
  { name: "playground", hash: "#/playground?alpha=0.5" },
  { name: "deblend", hash: "#/playground?view=deblend", ready: "dl div:nth-child(4)" },
  { name: "paths", hash: "#/playground?view=paths&T=200", ready: "[data-measured='9']" },
  { name: "map", hash: "#/playground?view=map", ready: "[data-done=true]" },
  {
    name: "map-dark",
    hash: "#/playground?view=map&p1=spiral&alpha=0.8",
    ready: "[data-done=true]",
    dark: true,
  },
  {
    name: "training",
    hash: "#/playground?view=train&alpha=0.6&updates=600&rate=0.005",
    press: "Train",
    ready: "[data-steps='600']",
  },
  { name: "targets", hash: "#/playground?view=targets", press: "Train", ready: "[data-steps='600']" },
  { name: "generate", hash: "#/generate?seed=1", ready: "[data-done=true]", colours: 256 },
  {
    name: "train",
    hash: "#/train?steps=300",
    press: "Train",
    // While it trains: eight sheets of samples are 200 steps.
    ready: "[data-sheets='8']",
    colours: 256,
  },
  // Served by `deblend studio`, which also knows what to open.
  { name: "runs", isServed: true, ready: "path[data-points] ~ path[data-points]", colours: 256 },
  { name: "paper", hash: "#/paper", ready: "[data-done=true]" },
  { name: "paper-dark", hash: "#/paper", ready: "[data-done=true]", dark: true },
];
const WIDTHS = [1280, 390];
/** The paper's page is long: its beginning says how it looks. */
const LONGEST = 2800;
const READY_MS = 240_000;

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
const out = values.out ?? fileURLToPath(new URL("../docs/studio", import.meta.url));
mkdirSync(out, { recursive: true });

const server = await preview({
  configFile: fileURLToPath(new URL("../studio/vite.config.ts", import.meta.url)),
  logLevel: "error",
  // Without the headers for threads, as most hosts are: one thread is enough for the perceptron.
  preview: { host: "127.0.0.1", port: 0, headers: {} },
});
const url = server.resolvedUrls?.local[0] ?? "";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let served;
try {
  const wanted = SHOTS.filter(
    ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
  );
  for (const { name, hash, ready, press, dark = false, colours = 64, isServed = false } of wanted) {
    if (isServed) served ??= await serveRuns();
    for (const width of WIDTHS) {
      const context = await browser.newContext({
        viewport: { width, height: width > 600 ? 900 : 844 },
        colorScheme: dark ? "dark" : "light",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto(isServed ? served.url + served.hash : url + hash);
      await page.locator("main h1").waitFor();
      if (press !== undefined) await page.getByRole("button", { name: press, exact: true }).click();
      // Figures start when they are seen.
      const height = await page.evaluate(() => document.body.scrollHeight);
      for (let y = 0; y < height; y += 500) {
        await page.evaluate((top) => scrollTo(0, top), y);
        await page.waitForTimeout(150);
      }
      await page.evaluate(() => scrollTo(0, 0));
      if (isServed) await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
      if (ready !== undefined) await page.locator(ready).first().waitFor({ timeout: READY_MS });
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(1500);
      const size = await page.evaluate(() => document.body.scrollHeight);
      const clip = { x: 0, y: 0, width, height: Math.min(size, LONGEST) };
      const taken = await page.screenshot({ fullPage: true, clip });
      // A palette keeps the files small; the pages have few colours.
      writeFileSync(
        `${out}/${name}-${width}.png`,
        await sharp(taken).png({ palette: true, colours, effort: 10 }).toBuffer(),
      );
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
  await served?.close();
}
