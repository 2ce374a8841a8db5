/**
 * While a network trains in the page, the page answers: no task of its main thread is longer than 50 ms.
 *
 * A browser's own long tasks (PerformanceObserver) are measured on the clock, and on a machine that does other things a task
 * of 5 ms can take 170 ms on the clock because it waits for a processor. What the page is to blame for is the processor time
 * of its main thread, which Chromium notes with every task when it is traced (`tdur`); so that is what is judged, and the
 * browser's own list is only told. Samples, charts and fields are drawn meanwhile, on purpose.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium, type Site, serveSite, visit } from "./site.ts";

const MOST_MS = 50;
const SLOW = { timeout: 240_000 };

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

/** The part of Chromium's trace events that is read here. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of processor time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Milliseconds of processor time of each task of the page's main thread while something is done, longest first. */
async function tasksWhile(page: Page, work: () => Promise<void>): Promise<readonly number[]> {
  await browser.startTracing(page, { categories: ["toplevel"] });
  await work();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  // A page in a process of its own: other renderers (of a browser's spare page) have nothing to do.
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  return traceEvents
    .filter(({ name, pid, tid }) => name.endsWith("RunTask") && mains.has(`${pid}/${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((a, b) => b - a);
}

/** Opens an address, and notes the browser's own long tasks from now on. */
async function opened(hash: string) {
  const { page, complaints } = await visit(browser, site, hash);
  const button = page.getByRole("button", { name: "Train", exact: true });
  await button.waitFor();
  // Opening is over.
  await page.waitForTimeout(1500);
  await page.evaluate(() => {
    const noted: number[] = [];
    Object.assign(window, { noted });
    new PerformanceObserver((list) => {
      noted.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
    }).observe({ type: "longtask" });
  });
  const noted = () => page.evaluate(() => (window as unknown as { noted: number[] }).noted);
  return { page, complaints, button, noted };
}

it("notices a task that is too long", async () => {
  const { page, noted } = await opened("#/train");
  const tasks = await tasksWhile(page, () =>
    page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          setTimeout(() => {
            const began = performance.now();
            while (performance.now() - began < 600);
            resolve();
          });
        }),
    ),
  );
  expect(tasks[0]).toBeGreaterThan(MOST_MS);
  await expect.poll(noted).not.toEqual([]);
  await page.context().close();
});

it.each([
  ["the perceptron of the plane", "#/playground?view=train&updates=600", "[data-steps='600']"],
  ["four perceptrons", "#/playground?view=targets&updates=60", "[data-steps='60']"],
  ["images", "#/train?size=16&batch=8&steps=24&device=wasm", "[data-phase=idle][data-step='24']"],
])("trains %s without a long task", { timeout: 300_000 }, async (_, hash, ready) => {
  const { page, complaints, button, noted } = await opened(hash);
  const tasks = await tasksWhile(page, async () => {
    await button.click();
    await page.locator(ready).first().waitFor(SLOW);
  });
  const onClock = await noted();
  console.log(
    `${hash}: ${tasks.length} tasks, longest ${tasks.slice(0, 3).map((ms) => ms.toFixed(1))} ms of processor time; longer than 50 ms on the clock: ${onClock.join(", ") || "none"}`,
  );
  expect(tasks.length).toBeGreaterThan(20);
  expect(tasks[0]).toBeLessThan(MOST_MS);
  expect(complaints).toEqual([]);
  await page.context().close();
});
