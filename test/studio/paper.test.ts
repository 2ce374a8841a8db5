/**
 * The paper's page: the code that it shows is the source's, and every figure computes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cut } from "../../studio/build/excerpts.ts";
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

const root = join(import.meta.dirname, "../..");

it("an excerpt is the declaration as it stands, with its comment and its line", () => {
  const text =
    'import x from "x";\n\n/** Of the file. */\n\nconst hidden = 1;\n\n/** Of the function. */\nexport function shown() {\n  return hidden;\n}\n';
  const { line, tokens } = cut(text, "a.ts", "shown");
  expect(line).toBe(7);
  expect(tokens.map((token) => token.text).join("")).toBe(
    "/** Of the function. */\nexport function shown() {\n  return hidden;\n}",
  );
  expect(tokens.find((token) => token.text === "return")?.kind).toBe("keyword");
});

it("a name that is not exported fails the build", () => {
  expect(() => cut("const hidden = 1;", "a.ts", "hidden")).toThrow("a.ts exports no hidden");
});

it("shows the source's own lines", async () => {
  const { page, complaints } = await visit(browser, site, "#/paper");
  const figures = page.locator("figure:has(pre)");
  expect(await figures.count()).toBeGreaterThan(8);
  for (const figure of await figures.all()) {
    const [file = "", line = "0"] = ((await figure.locator("figcaption").textContent()) ?? "").split(":");
    const code = (await figure.locator("pre").textContent()) ?? "";
    const source = readFileSync(join(root, file), "utf8");
    expect(source).toContain(code);
    expect(source.split("\n")[Number(line) - 1]).toBe(code.split("\n")[0]);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("every figure computes once it is seen", { timeout: 300_000 }, async () => {
  const { page, complaints } = await visit(browser, site, "#/paper");
  for (const section of await page.locator("section").all()) {
    await section.scrollIntoViewIfNeeded();
    await section.locator(".figure :is(canvas, svg)").first().waitFor();
  }
  await page.locator("[data-done=true]").waitFor({ timeout: 120_000 });
  await page.locator("[data-measured='9']").waitFor({ timeout: 200_000 });
  // The exact direction is the best: not a shorter one, not a longer one.
  await page.getByText(/Smallest at 1,/).waitFor({ timeout: 120_000 });
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});
