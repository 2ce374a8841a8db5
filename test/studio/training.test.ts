/**
 * Training in the page: on wasm with and without threads, on WebGPU (software Vulkan), and the four parametrisations.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium, type Site, serveSite, visit } from "./site.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
});

const LONG = { timeout: 240_000 };

async function on(hash: string, isIsolated: boolean, use: (page: Page, site: Site) => Promise<void>) {
  const site = await serveSite({ isIsolated });
  const { page, complaints } = await visit(browser, site, hash);
  await use(page, site);
  expect(complaints).toEqual([]);
  await page.context().close();
  await site.close();
}
const train = async (page: Page, steps: number) => {
  await page.getByRole("button", { name: /^(Train|Go on)$/ }).click();
  await page.locator(`[data-steps='${steps}']`).waitFor(LONG);
};
const choose = (page: Page, label: string, value: string) =>
  page.getByRole("combobox", { name: label, exact: true }).selectOption(value);

it("wasm without isolation: one thread; goes on, samples with any solver and counts its evaluations", {
  timeout: 400_000,
}, async () => {
  await on("#/playground?view=train&p0=triangle&p1=square&updates=40", false, async (page, site) => {
    expect(site.requests.filter((name) => name.endsWith(".wasm"))).toEqual([]);
    await train(page, 40);
    expect(await page.locator("[data-steps]").textContent()).toContain("wasm (1 thread)");
    const evaluations = page.locator("[data-evaluations]");
    await expect.poll(() => evaluations.textContent(), LONG).toBe("16");
    await choose(page, "solver", "rk4");
    await expect.poll(() => evaluations.textContent(), LONG).toBe("64");
    await page.getByRole("spinbutton", { name: "steps, T" }).fill("5");
    await expect.poll(() => evaluations.textContent(), LONG).toBe("20");

    await page.getByRole("spinbutton", { name: "steps", exact: true }).fill("60");
    await train(page, 60);
    // Only one build of the runtime, from the site itself.
    expect(site.requests.filter((name) => name.endsWith(".wasm"))).toHaveLength(1);
  });
});

it("the same seed gives the same network, stopped and continued or not", { timeout: 400_000 }, async () => {
  const field = (page: Page) =>
    page.evaluate(() => document.querySelector<HTMLCanvasElement>("#view canvas")?.toDataURL());
  const settled = async (page: Page) => {
    let [before, now] = ["", await field(page)];
    for (let i = 0; i < 40 && before !== now; i++) {
      before = now ?? "";
      await page.waitForTimeout(1500);
      now = await field(page);
    }
    return now;
  };
  const seen: (string | undefined)[] = [];
  for (const first of [30, 50]) {
    await on(`#/playground?view=train&p0=triangle&p1=square&updates=${first}`, false, async (page) => {
      await train(page, first);
      if (first < 50) {
        await page.getByRole("spinbutton", { name: "steps", exact: true }).fill("50");
        await train(page, 50);
      }
      seen.push(await settled(page));
    });
  }
  expect(seen[0]).toBe(seen[1]);
});

it.each([
  ["wasm with isolation", true, "wasm", /wasm \(\d+ threads?\)/],
  ["WebGPU", false, "webgpu", /on WebGPU/],
] as const)(
  "%s: a stop keeps what was learnt, and training goes on from there",
  {
    timeout: 500_000,
  },
  async (_, isIsolated, device, words) => {
    const hash = `#/playground?view=train&p0=triangle&p1=square&updates=20000&device=${device}`;
    await on(hash, isIsolated, async (page) => {
      const status = page.locator("p[role=status]", { hasText: "of 20000 steps" });
      const step = async () => Number(/^\s*(\d+) of/.exec((await status.textContent()) ?? "")?.[1] ?? 0);
      const stop = async () => {
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByRole("button", { name: "Go on" }).waitFor();
        return step();
      };
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.locator("[data-evaluations]").waitFor(LONG);
      const stopped = await stop();
      expect(await status.textContent()).toMatch(words);
      expect(stopped).toBeGreaterThan(0);
      await page.getByRole("button", { name: "Go on" }).click();
      await expect.poll(step, LONG).toBeGreaterThan(stopped);
      expect(await stop()).toBeGreaterThanOrEqual(stopped);
      // Another view, and back: it is still there.
      await page.getByRole("tab", { name: "Blend", exact: true }).click();
      await page.getByRole("tab", { name: "Training", exact: true }).click();
      await page.getByRole("button", { name: "Go on" }).waitFor();
      expect(await step()).toBeGreaterThanOrEqual(stopped);
    });
  },
);

it("WebGPU", { timeout: 500_000 }, async () => {
  await on("#/playground?view=train&p0=triangle&p1=square&updates=6&device=webgpu", false, async (page) => {
    await train(page, 6);
    expect(await page.locator("[data-steps]").textContent()).toContain("on WebGPU");
    await expect.poll(() => page.locator("[data-evaluations]").textContent(), LONG).toBe("16");
  });
});

it("the four parametrisations, side by side", { timeout: 500_000 }, async () => {
  await on("#/playground?view=targets&p0=triangle&p1=square&updates=24", false, async (page) => {
    await train(page, 24);
    const errors = await page.locator("[data-error]").allTextContents();
    expect(errors).toHaveLength(4);
    for (const error of errors) expect(Number.parseFloat(error)).toBeGreaterThan(0);
  });
});
