/**
 * A file as an answer: streamed, with its type, and not sent again to a browser that has it.
 */
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Context } from "hono";
import { getMimeType } from "hono/utils/mime";
import { Refused } from "./refused.ts";

export interface SendOptions {
  /** Whether the name says the content, so that a browser may keep the file for good. */
  readonly immutable?: boolean;
}

/** @param path a real path; a link in its last part is not followed */
export async function sendFile(c: Context, path: string, options: SendOptions = {}): Promise<Response> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    throw new Refused(404, "There is no such file.");
  }
  let stream: Readable | undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Refused(404, "There is no such file.");
    const tag = `"${stats.mtimeMs.toString(36)}-${stats.size.toString(36)}"`;
    c.header("ETag", tag);
    c.header("Cache-Control", options.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (c.req.header("If-None-Match") === tag) return c.body(null, 304);
    c.header("Content-Type", getMimeType(path) ?? "application/octet-stream");
    c.header("Content-Length", String(stats.size));
    if (c.req.method === "HEAD" || stats.size === 0) return c.body(null);
    stream = createReadStream(path, { fd: file, end: stats.size - 1 });
    return c.body(Readable.toWeb(stream) as ReadableStream<Uint8Array>);
  } finally {
    // A stream closes the file itself.
    if (stream === undefined) await file.close();
  }
}
