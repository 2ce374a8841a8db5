/**
 * Manners: what axe-core finds, how much a first view loads, and that nothing comes from elsewhere.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { AxeResults } from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BUILT, launchChromium, type Site, serveSite, visit } from "./site.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FIRST_VIEW = 300 * 1024;

let site: Site;
let browser: Browser;
beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const views = ["blend", "deblend", "paths", "map", "train", "targets"];
const addresses = [
  ...views.map((view) => `#/playground?view=${view}`),
  "#/playground?p0=picture:",
  ...["#/generate", "#/train", "#/paper"],
];

it.each(addresses)("axe-core finds nothing serious on %s", async (hash) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await visit(browser, site, hash, { colorScheme, width: 390, height: 844 });
    await page.evaluate(axe);
    const { violations } = (await page.evaluate("axe.run()")) as AxeResults;
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.context().close();
  }
});

it("nothing is wider than a phone", async () => {
  for (const hash of addresses) {
    const { page } = await visit(browser, site, hash, { width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.context().close();
  }
});

it("a first view is under 300 KB compressed, without the runtime, and all of it is the site's own", async () => {
  for (const name of ["playground", "generate", "train", "paper"]) {
    const own = await serveSite();
    const { page } = await visit(browser, own, `#/${name}`);
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(own.url)) elsewhere.push(request.url());
    });
    await page.waitForTimeout(1000);
    const names = [...new Set(own.requests)];
    expect(names.filter((file) => /wasm|\bort\b/.test(file))).toEqual([]);
    const sizes = names.map((file) => {
      const bytes = readFileSync(join(BUILT, file));
      // Fonts are compressed already.
      return file.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length;
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`first view of ${name}: ${Math.round(total / 1024)} KB in ${names.length} files`);
    expect(total).toBeLessThan(FIRST_VIEW);
    expect(elsewhere).toEqual([]);
    await page.context().close();
    await own.close();
  }
});
