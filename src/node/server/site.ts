/**
 * The built page: its files are listed once, and nothing but them is ever opened.
 *
 * The page itself is told that a server is behind it, by an element in its head: asking for what a plain file server does
 * not have would be an error in every visitor's console.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Context } from "hono";
import { DeblendError } from "../../errors.ts";
import { SERVED_MARK } from "../../studioApi/index.ts";
import { Refused } from "./refused.ts";
import { sendFile } from "./sendFile.ts";

export interface Site {
  /** Answers with the file at the request's path. */
  send(c: Context): Promise<Response>;
}

const INDEX = "index.html";
/** Vite writes hashes of the content into the names of files in this folder. */
const HASHED = "/assets/";

/**
 * @param folder where the page was built to
 * @throws DeblendError if there is no page
 */
export async function openSite(folder: string): Promise<Site> {
  const page = await readFile(join(folder, INDEX), "utf8").catch((thrown: unknown) => {
    throw new DeblendError(`The studio's page is not in ${folder}: build it first (npm run build).`, {
      cause: thrown,
    });
  });
  const marked = page.replace("<head>", `<head>${SERVED_MARK}`);
  const tag = `"${createHash("sha256").update(marked).digest("hex").slice(0, 32)}"`;
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    // Links are no files of the build.
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, file).split(sep).join("/")}`, file);
  }
  return {
    send: async (c) => {
      const path = c.req.path.endsWith("/") ? `${c.req.path}${INDEX}` : c.req.path;
      if (path === `/${INDEX}`) {
        c.header("ETag", tag);
        c.header("Cache-Control", "no-cache");
        return c.req.header("If-None-Match") === tag ? c.body(null, 304) : c.html(marked);
      }
      const file = files.get(decodeURIComponent(path));
      if (file === undefined) throw new Refused(404, "There is no such page.");
      return sendFile(c, file, { immutable: path.startsWith(HASHED) });
    },
  };
}
