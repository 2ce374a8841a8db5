// Measures training in the page: steps per second of the tiny network at 16x16 and batch 16 on wasm, with one thread and
// (cross-origin isolated) with several, and the longest task of the page's main thread meanwhile.
// `node scripts/studioFigures.mjs [--steps N]`; figures mean something only on a machine that does nothing else.
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { preview } from "vite";
import "./buildStudio.mjs";

const { values } = parseArgs({ options: { steps: { type: "string", default: "60" } } });
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

async function measure(headers) {
  const server = await preview({
    configFile: fileURLToPath(new URL("../studio/vite.config.ts", import.meta.url)),
    logLevel: "error",
    preview: { host: "127.0.0.1", port: 0, headers },
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.resolvedUrls?.local[0]}#/train?steps=${values.steps}&device=wasm`);
    await page.getByRole("img", { name: "Twelve of the built-in cats" }).waitFor();
    await page.evaluate(() => {
      window.longTasks = [];
      new PerformanceObserver((list) => {
        window.longTasks.push(...list.getEntries().map(({ duration }) => duration));
      }).observe({ type: "longtask" });
    });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const speeds = [];
    for (;;) {
      const { phase, step, speed } = await page
        .locator("[data-phase]")
        .evaluate(({ dataset }) => ({ ...dataset }));
      if (Number(speed) > 0) speeds.push(Number(speed));
      if (phase === "idle" && Number(step) >= Number(values.steps)) break;
      await page.waitForTimeout(500);
    }
    speeds.sort((a, b) => a - b);
    return {
      device: (await page.locator("[data-phase]").textContent()).replace(/.* on /s, "").trim(),
      stepsPerSecond: { median: speeds[speeds.length >> 1], best: speeds.at(-1) },
      longTasks: (await page.evaluate(() => window.longTasks)).map(Math.round),
    };
  } finally {
    await browser.close();
    await server.close();
  }
}

const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), loadBefore: loadavg()[0] };
console.log(JSON.stringify({ machine, steps: Number(values.steps) }));
for (const headers of [{}, ISOLATION]) console.log(JSON.stringify(await measure(headers)));
