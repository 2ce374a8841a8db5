/**
 * The playground's flows in Chromium: densities chosen, drawn and dropped, and every view of the theory.
 */
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
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

/** Opens a view, hands it over and expects that nothing complained. */
async function on(hash: string, use: (page: Page) => Promise<void>): Promise<void> {
  const { page, complaints } = await visit(browser, site, hash);
  await use(page);
  expect(complaints).toEqual([]);
  await page.context().close();
}

/** What a figure shows, as pixels. */
const pixels = (page: Page) =>
  page.evaluate(() => document.querySelector<HTMLCanvasElement>("#view canvas")?.toDataURL() ?? "");

it("blends under the slider, and keeps alpha in the address", async () => {
  await on("#/playground?p0=triangle&p1=square", async (page) => {
    const before = await pixels(page);
    const slider = page.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("End");
    await page.waitForFunction(() => location.hash.includes("alpha=1"));
    const after = await pixels(page);
    expect(after).not.toBe(before);
    // The link reproduces what was seen.
    const { page: other } = await visit(browser, site, new URL(page.url()).hash);
    await other.waitForFunction(
      (seen) => document.querySelector<HTMLCanvasElement>("#view canvas")?.toDataURL() === seen,
      after,
    );
    await other.context().close();
  });
});

it("plays alpha back and forth", async () => {
  await on("#/playground?alpha=0.9", async (page) => {
    await page.getByRole("button", { name: "Play" }).click();
    const alpha = async () => Number(await page.getByRole("slider").inputValue());
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("input[type=range]")?.value === "1",
    );
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLInputElement>("input[type=range]")?.value) < 0.9,
    );
    await page.getByRole("button", { name: "Pause" }).click();
    const paused = await alpha();
    await page.waitForTimeout(200);
    expect(await alpha()).toBe(paused);
  });
});

it("changes densities with the keyboard", async () => {
  await on("#/playground", async (page) => {
    await page.locator("input[name=p1][value=triangle]").focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => location.hash.includes("p1=square"));
  });
});

it("draws a density with the brush, and puts it into the link", async () => {
  await on("#/playground", async (page) => {
    await page.locator("fieldset").first().getByRole("radio", { name: "draw one" }).check();
    const pad = page.getByRole("application", { name: "A pad to draw p0 on." });
    const box = await pad.boundingBox();
    if (box === null) throw new Error("There is no pad.");
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.5 * box.height, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(() => location.hash.includes("p0=picture"));
    const { page: other } = await visit(browser, site, new URL(page.url()).hash);
    expect(await other.locator("legend").first().textContent()).toContain("your drawing");
    await other.context().close();
  });
});

it("takes a dropped picture, and says what is wrong with one that is none", async () => {
  await on("#/playground", async (page) => {
    await page.locator("fieldset").last().getByRole("radio", { name: "draw one" }).check();
    const input = page.locator("input[type=file]");
    const ink = { r: 0, g: 0, b: 0 };
    const gray = await sharp({ create: { width: 40, height: 60, channels: 3, background: ink } })
      .png()
      .toBuffer();
    await input.setInputFiles({
      name: "words.png",
      mimeType: "image/png",
      buffer: Buffer.from("no picture"),
    });
    await page
      .getByText("words.png could not be read as a picture: choose a PNG, JPEG or WebP file.")
      .waitFor();
    await input.setInputFiles({ name: "dark.png", mimeType: "image/png", buffer: gray });
    await page.waitForFunction(() => location.hash.includes("p1=picture"));
    const white = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
      .png()
      .toBuffer();
    await input.setInputFiles({ name: "white.png", mimeType: "image/png", buffer: white });
    await page.getByText("This picture is white everywhere").waitFor();
  });
});

it("deblends the point that is clicked: the means blend to it", async () => {
  await on("#/playground?view=deblend&p0=triangle&p1=square&alpha=0.4", async (page) => {
    const plane = page.locator("#view").getByRole("application");
    const box = await plane.boundingBox();
    if (box === null) throw new Error("There is no plane.");
    await plane.click({ position: { x: 0.6 * box.width, y: 0.45 * box.height } });
    await page.waitForFunction(() => location.hash.includes("at="));
    await page.locator("dl div:nth-child(4)").waitFor();
    await page.waitForTimeout(300);
    const rows = await page.locator("dl dd").allTextContents();
    const [x, x0, x1] = rows.map((row) => (row.match(/-?[\d.]+/g) ?? []).map(Number));
    for (const axis of [0, 1]) {
      const blend = 0.6 * (x0?.[axis] ?? Number.NaN) + 0.4 * (x1?.[axis] ?? Number.NaN);
      expect(Math.abs(blend - (x?.[axis] ?? Number.NaN))).toBeLessThan(0.02);
    }
    await plane.focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((before) => document.querySelector("dl dd")?.textContent !== before, rows[0]);
  });
});

it("walks at random: the spread falls as T grows", async () => {
  const spreadAt = async (steps: number) => {
    let spread = Number.NaN;
    await on(`#/playground?view=paths&p0=triangle&p1=square&T=${steps}`, async (page) => {
      const text = page.getByText(`at T = ${steps}:`);
      await text.waitFor({ timeout: 100_000 });
      spread = Number(new RegExp(`T = ${steps}: ([\\d.]+)`).exec((await text.textContent()) ?? "")?.[1]);
      await page.locator("[data-measured]:not([data-measured='0'])").waitFor({ timeout: 100_000 });
    });
    return spread;
  };
  const [few, many] = [await spreadAt(2), await spreadAt(200)];
  expect(many).toBeGreaterThan(0);
  expect(many).toBeLessThan(few / 3);
});

it("maps deterministically: the same link, the same pixels, and alpha 0 is p0 again", async () => {
  const seen: string[] = [];
  for (let time = 0; time < 2; time++) {
    await on("#/playground?view=map&p0=triangle&p1=square&T=4", async (page) => {
      await page.locator("[data-done=true]").waitFor();
      seen.push(await pixels(page));
      const slider = page.locator("#view .alpha input");
      await slider.focus();
      await page.keyboard.press("Home");
      expect(await pixels(page)).not.toBe(seen.at(-1));
      await page.keyboard.press("End");
      expect(await pixels(page)).toBe(seen.at(-1));
    });
  }
  expect(seen[1]).toBe(seen[0]);
});

it("answers an address that cannot be with one sentence", async () => {
  await on("#/playground?p1=nonsense", async (page) => {
    expect(await page.getByRole("alert").textContent()).toContain("There is no density named nonsense");
  });
  await on("#/playground?p1=picture:AAAA", async (page) => {
    expect(await page.locator("#view").getByRole("alert").textContent()).toContain("incomplete");
  });
});
