/**
 * Where images come from: the files of a folder or of a zip, by name.
 */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { DeblendError } from "../../errors.ts";
import { fileError } from "../files.ts";
import { isInside } from "../inside.ts";

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

/**
 * Refuses what links lead to outside of a folder.
 *
 * @param below a real path; undefined allows everything
 */
function refuseOutside(below: string | undefined, folder: string, name: string): void {
  if (below === undefined) return;
  let real: string;
  try {
    real = realpathSync(join(folder, name));
  } catch (thrown) {
    // A link that leads nowhere leads nowhere outside.
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return;
    throw fileError("read", name, thrown);
  }
  if (real === below || isInside(below, real)) return;
  throw new DeblendError(
    `${name === "" ? "The folder" : name} is reached through a link that leads out of the folder that may be read: remove the link, or copy what it leads to.`,
  );
}

/**
 * All files below a folder; links are followed, each folder is entered once.
 *
 * @param below a real path that links may not lead out of
 */
export async function folderSource(folder: string, below?: string): Promise<FileSource> {
  const names: string[] = [];
  const entered = new Set<string>();
  const walk = async (relative: string): Promise<void> => {
    const place = join(folder, relative);
    refuseOutside(below, folder, relative);
    const real = await realpath(place);
    if (entered.has(real)) return;
    entered.add(real);
    for (const entry of await readdir(place, { withFileTypes: true })) {
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (isHidden(entry.name)) continue;
      if (entry.isSymbolicLink()) refuseOutside(below, folder, name);
      // A link that leads nowhere is no image, and no reason to stop.
      const kind = entry.isSymbolicLink() ? await stat(join(folder, name)).catch(() => undefined) : entry;
      if (kind?.isDirectory()) await walk(name);
      else if (kind?.isFile()) names.push(name);
    }
  };
  await walk("").catch((thrown: unknown) => {
    throw fileError("read the folder", folder, thrown);
  });
  return filesSource(folder, names.sort(), below);
}

/**
 * Named files of a folder.
 *
 * @param below a real path that links may not lead out of, looked at again whenever a file is read
 */
export function filesSource(folder: string, names: readonly string[], below?: string): FileSource {
  const sizes = new Map<string, number>();
  const lines: string[] = [];
  for (const name of names) {
    refuseOutside(below, folder, name);
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
      refuseOutside(below, folder, name);
      return size <= READ_AT_ONCE ? readFileSync(path) : readFile(path);
    },
    close: async () => undefined,
  };
}
