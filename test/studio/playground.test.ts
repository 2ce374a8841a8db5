/**
 * The playground's flows in Chromium: densities chosen, drawn and dropped, and every view of the theory.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dropFiles, launchChromium, type Site, serveSite, type VisitOptions, visit } from "./site.ts";

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

/** Of files to drop. */
const folder = mkdtempSync(join(tmpdir(), "deblend-drop-"));
/** A picture of one gray, as a file. */
const written = async (name: string, level: number, side = 40) => {
  const background = { r: level, g: level, b: level };
  const png = await sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer();
  writeFileSync(join(folder, name), png);
  return { path: join(folder, name), png };
};

/** Opens a view, hands it over and expects that nothing complained. */
async function on(
  hash: string,
  use: (page: Page) => Promise<void>,
  options: VisitOptions = {},
): Promise<void> {
  const { page, complaints } = await visit(browser, site, hash, options);
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

it("takes a picture that is dropped anywhere: on a density for that one, else for the target", async () => {
  const { path } = await written("dark.png", 0);
  await on("#/playground", async (page) => {
    const legend = (index: number) => page.locator("legend").nth(index);
    await dropFiles(page, page.getByRole("heading", { level: 1 }), [path]);
    await page.getByRole("application", { name: "A pad to draw p1 on." }).waitFor();
    await expect.poll(() => legend(1).textContent()).toContain("your drawing");
    expect(await legend(0).textContent()).toContain("gaussian");
    await dropFiles(page, page.locator("[data-tone=p0] .choices"), [path]);
    await expect.poll(() => legend(0).textContent()).toContain("your drawing");
    // What is no picture is said where it would have gone.
    writeFileSync(join(folder, "words.txt"), "no picture");
    await dropFiles(page, page.getByRole("tab", { name: "Blend", exact: true }), [join(folder, "words.txt")]);
    await page.locator("[data-tone=p1]").getByText("words.txt could not be read as a picture").waitFor();
    expect(await page.locator("[data-tone=p0]").getByRole("alert").count()).toBe(0);
  });
});

it("leaves no page for a file that is dropped where none is taken", async () => {
  const { path } = await written("dark.png", 0);
  await on("#/paper", async (page) => {
    await page.evaluate(() => {
      addEventListener("drop", ({ defaultPrevented }) => {
        document.title = `kept: ${defaultPrevented}`;
      });
    });
    await dropFiles(page, page.getByRole("heading", { level: 1 }), [path]);
    await page.waitForFunction(() => document.title === "kept: true");
  });
});

it("pastes a picture onto the pad that has the focus, though both are open", async () => {
  const { png } = await written("gray.png", 128);
  await on("#/playground", async (page) => {
    const paste = () =>
      page.evaluate(
        (bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], "gray.png", { type: "image/png" }));
          document.activeElement?.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
          );
        },
        [...png],
      );
    const value = (tone: string) =>
      page.evaluate((name) => new URLSearchParams(location.hash.split("?")[1]).get(name) ?? "", tone);
    for (const tone of ["p0", "p1"]) {
      await page.locator(`[data-tone=${tone}]`).getByRole("radio", { name: "draw one" }).check();
      await page.getByRole("application", { name: `A pad to draw ${tone} on.` }).press("ArrowUp");
      await expect.poll(() => value(tone)).toContain("picture:");
    }
    const [p0, p1] = [await value("p0"), await value("p1")];
    await page.getByRole("application", { name: "A pad to draw p0 on." }).focus();
    await paste();
    await expect.poll(() => value("p0")).not.toBe(p0);
    expect(await value("p1")).toBe(p1);
    const filled = await value("p0");
    await page.locator("[data-tone=p1]").getByRole("button", { name: "Erase" }).focus();
    await paste();
    await expect.poll(() => value("p1")).toBe(filled);
    // Nothing has the focus any more: it goes where the last one did.
    await page.locator("[data-tone=p0]").getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => value("p0")).toBe("picture:");
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await paste();
    await expect.poll(() => value("p0")).toBe(filled);
  });
});

it("clears the drawing and what is made of it, and draws again after erasing", async () => {
  await on("#/playground", async (page) => {
    const tools = page.locator("[data-tone=p0]");
    await tools.getByRole("radio", { name: "draw one" }).check();
    const pad = page.getByRole("application", { name: "A pad to draw p0 on." });
    await pad.press("ArrowUp");
    await expect.poll(() => page.locator("legend").first().textContent()).toContain("your drawing");
    const erase = tools.getByRole("button", { name: "Erase" });
    expect(await erase.getAttribute("aria-pressed")).toBe("false");
    await erase.click();
    // The word stays; that it is pressed says the rest.
    expect(await erase.getAttribute("aria-pressed")).toBe("true");
    await tools.getByRole("button", { name: "Clear" }).click();
    expect(await erase.getAttribute("aria-pressed")).toBe("false");
    const empty = page.getByText(
      "The drawing is empty: draw something with the brush, or choose another density.",
    );
    await empty.waitFor();
    expect(await page.locator("#view canvas").count()).toBe(0);
    await pad.press("ArrowUp");
    await page.locator("#view canvas").waitFor();
    expect(await empty.count()).toBe(0);
  });
});

it("plays the map where motion is welcome, back and forth, with the colours it had", async () => {
  await on(
    "#/playground?view=map&p0=triangle&p1=square&T=4&alpha=0",
    async (page) => {
      await page.locator("[data-done=true]").waitFor();
      const start = await pixels(page);
      await page.getByRole("button", { name: "Play" }).click();
      // It turns at the end, and comes back. Asked at every frame: it is at the end for one of them only.
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>("#view .alpha input")?.value === "1",
      );
      await page.waitForFunction(
        () => Number(document.querySelector<HTMLInputElement>("#view .alpha input")?.value) < 0.9,
      );
      expect(await pixels(page)).not.toBe(start);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.locator("#view .alpha input").focus();
      await page.keyboard.press("Home");
      await expect.poll(() => pixels(page)).toBe(start);
    },
    { reducedMotion: "no-preference" },
  );
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
