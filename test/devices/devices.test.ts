/**
 * One compiled training step, four places: Node CPU, Node WebGPU (software Vulkan), browser wasm and browser WebGPU give the
 * same losses to 1e-4, with the state kept in the device's memory.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { build, createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDevice } from "../../src/runtime/node.ts";
import { smallStepLosses } from "../fixtures/smallStep.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const SOFTWARE_VULKAN = "/usr/lib/chromium/vk_swiftshader_icd.json";

let expected: number[];
beforeAll(async () => {
  expected = await smallStepLosses(await openDevice("cpu"));
});

function expectSame(losses: readonly number[]): void {
  expect(losses).toHaveLength(expected.length);
  losses.forEach((loss, i) => {
    expect(Math.abs(loss / (expected[i] ?? Number.NaN) - 1)).toBeLessThan(1e-4);
  });
}

it("learns on the CPU", () => {
  expect(expected.every(Number.isFinite)).toBe(true);
  expect(expected.at(-1)).not.toBe(expected[0]);
});

/** Bundles a program of this folder and runs it in a process of its own, with software Vulkan where that is there. */
async function inOwnProcess(entry: string): Promise<string> {
  const folder = await mkdtemp(join(import.meta.dirname, ".bundle-"));
  try {
    await build({
      logLevel: "error",
      configFile: false,
      build: {
        ssr: join(import.meta.dirname, entry),
        outDir: folder,
        rollupOptions: { output: { entryFileNames: "main.mjs" } },
      },
    });
    const vulkan = existsSync(SOFTWARE_VULKAN) ? { VK_ICD_FILENAMES: SOFTWARE_VULKAN } : {};
    const libraries = [process.env.LD_LIBRARY_PATH, "/usr/lib/chromium"].filter(Boolean).join(":");
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "main.mjs")], {
      env: { ...process.env, ...vulkan, LD_LIBRARY_PATH: libraries },
    });
    return stdout.trim().split("\n").at(-1) ?? "";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it("Node WebGPU", { timeout: 400_000 }, async () => {
  expectSame(JSON.parse(await inOwnProcess("nodeWebgpu.ts")) as number[]);
});

it("every node of every preset's graphs has its place on the GPU", { timeout: 400_000 }, async () => {
  const report = JSON.parse(await inOwnProcess("nodePlacement.ts")) as Record<string, string>;
  const { control, ...presets } = report;
  expect(control).toMatch(/CPU EP/);
  expect(Object.keys(presets)).toEqual([
    ...["tiny", "small", "official"],
    "tiny, with a condition and classes",
  ]);
  for (const outcome of Object.values(presets)) expect(outcome).toBe("placed");
});

let server: ViteDevServer | undefined;
let browser: Browser | undefined;
let profile: string | undefined;
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (profile) await rm(profile, { recursive: true, force: true });
});

it("browser wasm and browser WebGPU", { timeout: 400_000 }, async () => {
  profile = await mkdtemp(join(tmpdir(), "deblend-vite-"));
  server = await createServer({
    root: join(import.meta.dirname, "page"),
    configFile: false,
    logLevel: "error",
    cacheDir: profile,
    optimizeDeps: { exclude: ["onnxruntime-web"] },
    server: {
      host: "127.0.0.1",
      port: 0,
      // Nothing is edited here: a page that reloads itself would lose what it computes.
      hmr: false,
      watch: null,
      fs: { allow: [join(import.meta.dirname, "../..")] },
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] ?? "";
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...[
        "--no-sandbox",
        "--disable-gpu-sandbox",
        "--enable-unsafe-webgpu",
        "--use-webgpu-adapter=swiftshader",
      ],
      ...[
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    ],
  });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
  await page.waitForFunction(() => "lossesOn" in window, undefined, { timeout: 60_000 });
  for (const name of ["wasm", "webgpu"] as const) {
    expectSame(await page.evaluate((device) => window.lossesOn(device), name));
  }
  expect(errors).toEqual([]);
});
