/**
 * Folders inside a set of files, found by the end of their path: `map` finds `map2sat-64/map`.
 */
import { DeblendError } from "../../errors.ts";
import { type FileSource, fingerprintOf } from "./source.ts";

/** How many folders a message lists. */
const LISTED = 12;

/**
 * The path of the one folder that a name means.
 *
 * @throws DeblendError where there is none, or more than one
 */
export function findFolder(names: readonly string[], wanted: string, path: string): string {
  const folders = new Set<string>();
  for (const name of names) {
    const parts = name.split("/");
    for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
  }
  const clean = wanted.replace(/^(\.?\/)+|\/+$/g, "");
  const found = folders.has(clean) ? [clean] : [...folders].filter((folder) => folder.endsWith(`/${clean}`));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const list = [...(found.length > 1 ? found : folders)].sort();
  const shown =
    list.slice(0, LISTED).join(", ") + (list.length > LISTED ? ` and ${list.length - LISTED} more` : "");
  throw new DeblendError(
    found.length > 1
      ? `${path} has more than one folder ${wanted}: name one of ${shown}.`
      : `${path} has no folder ${wanted}: it has ${shown || "none at all"}.`,
  );
}

/** The files below one folder, named from there. */
export async function sourceWithin(source: FileSource, folder: string, path: string): Promise<FileSource> {
  const names = await source.list();
  const prefix = `${findFolder(names, folder, path)}/`;
  return {
    ...source,
    fingerprint: fingerprintOf([source.fingerprint, prefix]),
    list: async () =>
      names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    read: (name) => source.read(prefix + name),
  };
}
