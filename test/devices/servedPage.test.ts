/**
 * What the studio's server lets a page do: WebAssembly trains with threads under its headers and gives the same losses as the
 * CPU; code that is not the page's own does not run, and nothing of other servers loads.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type StudioServer, serveStudio } from "../../src/node/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { smallStepLosses } from "../fixtures/smallStep.ts";
import { launchChromium } from "../studio/site.ts";

let folder: string;
let server: StudioServer;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deblend-served-"));
  await build({
    root: join(import.meta.dirname, "page"),
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: join(folder, "site"), target: "es2022" },
  });
  server = await serveStudio({ runs: join(folder, "runs"), site: join(folder, "site"), port: 0 });
  browser = await launchChromium();
}, 200_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

it("trains on wasm, with threads", { timeout: 300_000 }, async () => {
  const expected = await smallStepLosses(await openDevice("cpu"));
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content.Security|Refused|blocked/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(server.url);
  expect(await page.evaluate(() => crossOriginIsolated && new SharedArrayBuffer(1).byteLength)).toBe(1);
  await page.waitForFunction(() => "lossesOn" in window);
  const losses = await page.evaluate(() => window.lossesOn("wasm"));
  losses.forEach((loss, i) => {
    expect(Math.abs(loss / (expected[i] ?? Number.NaN) - 1)).toBeLessThan(1e-4);
  });
  expect(losses).toHaveLength(expected.length);
  expect(page.workers().length).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  await page.close();
});

it("runs no code that is written into it, and shows nothing of other servers", async () => {
  const page = await browser.newPage();
  await page.goto(server.url);
  expect(
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.body.append(script);
      return "injected" in window;
    }),
  ).toBe(false);
  const outcome = await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:1/picture.png";
        document.body.append(image);
      }),
  );
  expect(outcome).toBe("img-src");
  await page.close();
});
