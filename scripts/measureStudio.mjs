// Measures the built studio in Chromium: what a first view loads, the pace of training the perceptron on wasm, and the longest
// tasks of the page meanwhile (wall time, which other programs lengthen, and time on the processor). `node scripts/measureStudio.mjs [STEPS]` prints one JSON line a measurement.
import { chromium } from "playwright-core";
import { preview } from "vite";
import "./buildStudio.mjs";
import { fileURLToPath } from "node:url";

const steps = Number(process.argv[2] ?? 2000);

/** Milliseconds of processor time of the longest tasks of the page's main thread. */
function longestOnProcessor(events) {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  return events
    .filter(({ name, pid, tid, tdur }) => /RunTask$/.test(name) && tdur > 0 && mains.has(`${pid}/${tid}`))
    .map(({ tdur }) => Math.round(tdur / 1000))
    .sort((a, b) => b - a)
    .slice(0, 5);
}

for (const isIsolated of [false, true]) {
  const server = await preview({
    configFile: fileURLToPath(new URL("../studio/vite.config.ts", import.meta.url)),
    logLevel: "error",
    preview: {
      host: "127.0.0.1",
      port: 0,
      headers: isIsolated
        ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
        : {},
    },
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(() => {
      globalThis.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.tasks.push(Math.round(duration));
      }).observe({ type: "longtask", buffered: true });
    });
    await page.goto(`${server.resolvedUrls?.local[0]}#/playground?view=train&updates=${steps}`);
    await page.getByRole("button", { name: "Train" }).waitFor();
    await page.waitForTimeout(3000);
    const opening = await page.evaluate(() => globalThis.tasks.splice(0));
    await browser.startTracing(page, {
      categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
    });
    await page.getByRole("button", { name: "Train" }).click();
    await page.waitForFunction(() =>
      /a second on/.test(document.querySelector("[role=status]")?.textContent ?? ""),
    );
    const began = performance.now();
    await page.locator(`[data-steps='${steps}']`).waitFor({ timeout: 600_000 });
    const seconds = (performance.now() - began) / 1000;
    const processor = longestOnProcessor(JSON.parse(String(await browser.stopTracing())).traceEvents);
    const training = await page.evaluate(() => globalThis.tasks);
    const device = /on (wasm.*\))/.exec((await page.locator("[data-steps]").textContent()) ?? "")?.[1];
    console.log(
      JSON.stringify({
        device,
        stepsPerSecond: Math.round(steps / seconds),
        longTasks: { opening, training, longest: Math.max(0, ...training) },
        longestOnProcessor: processor,
      }),
    );
  } finally {
    await browser.close();
    await server.close();
  }
}
