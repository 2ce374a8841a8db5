/**
 * Where images come from: the files of a folder or of a zip, by name.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { DeblendError } from "../../errors.ts";
import { fileError } from "../files.ts";

/** Named files, read in any order. */
export interface FileSource {
  /** Names with forward slashes, sorted. */
  list(): Promise<readonly string[]>;
  /** Changes when the content changes; cheap: nothing is read but sizes, times and checksums that are there anyway. */
  readonly fingerprint: string;
  /**
   * The content of a file.
   *
   * @param largest bytes that it may have, unpacked; what a picture can need by default
   * @throws Error whose message says what is wrong with it
   */
  read(name: string, largest?: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A small file is read at once: going through the thread pool costs more than the reading. */
export const READ_AT_ONCE = 64 * 2 ** 10;
/** No single picture, encoded, is larger than this. */
export const LARGEST_FILE = 2 ** 30;

/** One name for all that was listed. */
export const fingerprintOf = (lines: readonly string[]) =>
  createHash("sha256").update(lines.join("\n")).digest("hex");

/** Hidden files and the resource forks that archives from a Mac carry. */
export const isHidden = (name: string) =>
  name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

/** All files below a folder; links are followed, each folder is entered once. */
export async function folderSource(folder: string): Promise<FileSource> {
  const names: string[] = [];
  const entered = new Set<string>();
  const walk = async (relative: string): Promise<void> => {
    const place = join(folder, relative);
    const real = await realpath(place);
    if (entered.has(real)) return;
    entered.add(real);
    for (const entry of await readdir(place, { withFileTypes: true })) {
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (isHidden(entry.name)) continue;
      // A link that leads nowhere is no image, and no reason to stop.
      const kind = entry.isSymbolicLink() ? await stat(join(folder, name)).catch(() => undefined) : entry;
      if (kind?.isDirectory()) await walk(name);
      else if (kind?.isFile()) names.push(name);
    }
  };
  await walk("").catch((thrown: unknown) => {
    throw fileError("read the folder", folder, thrown);
  });
  return filesSource(folder, names.sort());
}

/** Named files of a folder. */
export function filesSource(folder: string, names: readonly string[]): FileSource {
  const sizes = new Map<string, number>();
  const lines: string[] = [];
  for (const name of names) {
    try {
      // One file after the other on this thread: a set has many, and each takes microseconds.
      const { size, mtimeMs } = statSync(join(folder, name));
      sizes.set(name, size);
      lines.push(`${name} ${size} ${mtimeMs}`);
    } catch (thrown) {
      throw fileError("read", join(folder, name), thrown);
    }
  }
  return {
    list: async () => names,
    fingerprint: fingerprintOf(lines),
    read: async (name, largest = LARGEST_FILE) => {
      const size = sizes.get(name) ?? 0;
      if (size > largest)
        throw new DeblendError(`its file has ${size} bytes, more than the limit of ${largest}`);
      const path = join(folder, name);
      return size <= READ_AT_ONCE ? readFileSync(path) : readFile(path);
    },
    close: async () => undefined,
  };
}
