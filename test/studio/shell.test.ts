/**
 * The studio's shell in Chromium: every page opens from its link, in a sub-folder, without a complaint on the console.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium, type Site, serveSite, visit } from "./site.ts";

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

it.each(["playground", "generate", "train", "paper"])("opens %s", async (name) => {
  const { page, complaints } = await visit(browser, site, `#/${name}`);
  expect(await page.locator("nav [aria-current=page]").textContent()).toBe(
    name.charAt(0).toUpperCase() + name.slice(1),
  );
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("opens the playground where the address names no page, or none that there is", async () => {
  for (const hash of ["", "#/nowhere"]) {
    const { page, complaints } = await visit(browser, site, hash);
    expect(await page.title()).toBe("Playground · deblend studio");
    expect(complaints).toEqual([]);
    await page.context().close();
  }
});

it("goes from page to page by keyboard, and remembers the choice of dark", async () => {
  const { page } = await visit(browser, site, "#/playground");
  await page.getByRole("link", { name: "Paper" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.title.startsWith("Paper"));
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");

  await page.getByRole("button", { name: "Change to dark" }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  await page.reload();
  await page.getByRole("button", { name: "Change to light" }).waitFor();
  expect(await ground()).toBe(dark);
  await page.context().close();
});
