/**
 * Pictures by their names without the endings: the names by which partners find each other, whatever their formats.
 */
import { DeblendError } from "../../errors.ts";

/** `map/1.png` is `map/1`. */
export const plainName = (name: string) => name.replace(/\.[^./]*$/, "");

/** The folder that holds all of the files, with a slash at its end; empty where they have none in common. */
export function commonFolder(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let folder = first.slice(0, first.lastIndexOf("/") + 1);
  while (!others.every((name) => name.startsWith(folder))) folder = folder.replace(/[^/]*\/$/, "");
  return folder;
}

/**
 * Full names by plain ones.
 *
 * @throws DeblendError for two pictures with one plain name
 */
export function byPlainName(names: readonly string[], path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const plain = plainName(name);
    const other = found.get(plain);
    if (other !== undefined) {
      throw new DeblendError(
        `${other} and ${name} in ${path} differ in their endings only, so it is not clear which one is meant: rename or remove one.`,
      );
    }
    found.set(plain, name);
  }
  return found;
}
