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

it("follows a link that is pressed just when the address is being written", async () => {
  const { page } = await visit(browser, site, "#/playground?alpha=0.2");
  // The address is written a moment after a change. That moment is made to fall between the new address of a link and
  // the event that tells of it, which on a busy machine it does by itself.
  await page.waitForTimeout(500);
  await page.evaluate(() => {
    const due: (() => void)[] = [];
    const { setTimeout } = window;
    Object.assign(window, {
      due,
      setTimeout: (work: () => void, delay: number) =>
        delay === 250 ? due.push(work) : setTimeout(work, delay),
    });
  });
  await page.getByRole("slider").focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => (window as unknown as { due: unknown[] }).due.length > 0);
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("nav a[href^='#/paper']")?.click();
    for (const work of (window as unknown as { due: (() => void)[] }).due.splice(0)) work();
  });
  await page.waitForFunction(() => document.title.startsWith("Paper"));
  expect(new URL(page.url()).hash).toBe("#/paper");
  // And what was to be written is not lost: the menu leads back to it.
  expect(await page.getByRole("link", { name: "Playground" }).getAttribute("href")).toBe(
    "#/playground?alpha=1",
  );
  await page.context().close();
});

it("finds every page as it was left, a drawing included", async () => {
  const { page } = await visit(browser, site, "#/playground?view=map&T=9");
  await page.locator("fieldset").first().getByRole("radio", { name: "draw one" }).check();
  await page.getByRole("application", { name: "A pad to draw p0 on." }).press("ArrowUp");
  await page.waitForFunction(() => location.hash.includes("p0=picture"));
  const before = new URL(page.url()).hash;
  await page.getByRole("link", { name: "Train" }).click();
  await page.getByRole("combobox", { name: "batch" }).selectOption("8");
  await page.getByRole("link", { name: "Playground" }).click();
  await page.locator("legend", { hasText: "your drawing" }).waitFor();
  expect(new URL(page.url()).hash).toBe(before);
  await page.getByText("T, the number of steps9", { exact: true }).waitFor();
  // The same T belongs to the random paths.
  await page.getByRole("tab", { name: "Random paths" }).click();
  await page.getByText("T, the number of steps9", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Train" }).click();
  await expect.poll(() => page.getByRole("combobox", { name: "batch" }).inputValue()).toBe("8");
  // The menu's word for the page itself leads to its beginning.
  await page.getByRole("link", { name: "Train" }).click();
  await expect.poll(() => page.getByRole("combobox", { name: "batch" }).inputValue()).toBe("16");
  await page.context().close();
});
