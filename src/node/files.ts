/**
 * Files written so that a kill at any moment leaves the old ones or the new ones, never half of one.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DeblendError, messageOf } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space or choose another place",
  EDQUOT: "your disk quota is used up; free some space or choose another place",
  EACCES: "this user may not write there; choose another place or change its permissions",
  EPERM: "this user may not write there; choose another place or change its permissions",
  EROFS: "the file system is read-only; choose another place",
  ENOENT: "there is no such file or folder; check the path",
  ENOTDIR: "a part of the path is a file, not a folder; check the path",
  EISDIR: "it is a folder, not a file; check the path",
  EEXIST: "there is a file where a folder is needed; choose another place",
  EFBIG: "the file would be larger than is allowed here; raise the limit (ulimit -f) or choose another place",
  ELOOP: "its links lead round in a circle; check the path",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
};

/** What the system said, as a reason for people. */
export function fileErrorReason(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: string };
  return (code !== undefined ? REASONS[code] : undefined) ?? messageOf(thrown);
}

/** Turns an error of the file system into one sentence. */
export function fileError(action: string, path: string, thrown: unknown): DeblendError {
  if (thrown instanceof DeblendError) return thrown;
  return new DeblendError(`Could not ${action} ${path}: ${fileErrorReason(thrown)}.`, { cause: thrown });
}

/** A hidden sibling of `path` to write to; `isTemporary` recognises its name. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
}

/** Whether a name is that of an unfinished file or folder. */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

/**
 * Makes a folder, and those above it that are missing, from the uppermost down.
 *
 * `mkdir(path, { recursive: true })` of Node would do, but asks again for ever where a folder that exists answers that a
 * new one "does not exist", as /proc does.
 *
 * @throws the system's error for the first folder that cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing) {
    await mkdir(folder).catch(async (thrown: NodeJS.ErrnoException) => {
      // Another process may have made it meanwhile.
      if (thrown.code !== "EEXIST" || !(await isFolder(folder))) throw thrown;
    });
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Writes parts one after the other and flushes them to the disk. */
export async function writeFlushed(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const part of parts) {
      for (let from = 0; from < part.length; ) {
        const { bytesWritten } = await file.write(part, from, part.length - from);
        from += bytesWritten;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a folder's list of names, where the system can (Windows cannot, and does not need to). */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  try {
    await folder?.sync();
  } catch {
    // Not every file system allows it; the rename is then as durable as the system makes it.
  } finally {
    await folder?.close();
  }
}

/** Writes a file beside its place, flushes it and renames it into place; the folder is made if it is missing. */
export async function writeFileSafely(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const parts =
    typeof content === "string"
      ? [new TextEncoder().encode(content)]
      : content instanceof Uint8Array
        ? [content]
        : content;
  const temporary = temporaryBeside(path);
  try {
    await makeFolder(dirname(path));
    await writeFlushed(temporary, parts);
    await rename(temporary, path);
    await flushFolder(dirname(path));
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError("write", path, thrown);
  }
}
