/**
 * The built studio as visitors get it: served from a sub-folder by a plain file server, opened in Chromium.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

export const BUILT = join(import.meta.dirname, "../../dist/studio");
const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
/** Any folder but the root: whatever the page asks for must be relative to itself. */
const FOLDER = "/some/folder/";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
};

export interface Site {
  /** Address of the page, without the part after `#`. */
  readonly url: string;
  /** Paths that were asked for, below the folder. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param isIsolated whether the host sends the headers that wasm threads need */
export async function serveSite({ isIsolated = false } = {}): Promise<Site> {
  if (!existsSync(join(BUILT, "index.html"))) {
    throw new Error("The studio is not built: run node scripts/build.mjs first.");
  }
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "/").split("?")[0] ?? "/");
    const name = path.startsWith(FOLDER) ? path.slice(FOLDER.length) || "index.html" : "";
    requests.push(name);
    const file = normalize(join(BUILT, name));
    if (name === "" || !file.startsWith(BUILT) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      ...(isIsolated && {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      }),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${FOLDER}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Chromium with WebGPU in software. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...["--no-sandbox", "--disable-gpu-sandbox", "--enable-unsafe-webgpu"],
      ...["--use-webgpu-adapter=swiftshader", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--no-first-run"],
    ],
  });
}

/**
 * Drags files from outside over an element and drops them there, as a person does: through the browser's own input, so that
 * folders arrive as folders, and what the page does not take the browser would open.
 *
 * @param paths of files or folders on this machine
 */
export async function dropFiles(page: Page, where: Locator, paths: readonly string[]): Promise<void> {
  await where.scrollIntoViewIfNeeded();
  const box = await where.boundingBox();
  if (box === null) throw new Error("There is nothing to drop files on.");
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, data, ...at });
  }
  await session.detach();
}

export interface Visit {
  readonly page: Page;
  /** What the page, or a worker of it, complained about. */
  readonly complaints: readonly string[];
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly reducedMotion?: "reduce" | "no-preference";
}

/** Opens the studio at an address such as `#/paper`. */
export async function visit(
  browser: Browser,
  site: Site,
  hash: string,
  { width = 1280, height = 860, colorScheme = "light", reducedMotion = "reduce" }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  await page.goto(site.url + hash);
  await page.locator("main h1").waitFor();
  return { page, complaints };
}
