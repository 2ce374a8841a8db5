/**
 * Classes from folder names: `cats/1.png` and `dogs/2.png` are two classes.
 *
 * Folders that hold everything, and the usual names of a split (`train`, `test`), say nothing about a picture and are
 * looked through. What is left gives classes only where every picture lies in a folder and there are two or more.
 */

/** What the names say. */
export interface ClassFolders {
  /** Sorted as text, or as numbers where all are numbers. */
  readonly classes?: readonly string[];
  /** One for each name, a position in `classes`. */
  readonly labels?: readonly number[];
  /** The folders of a split that were looked through, for telling. */
  readonly splits: readonly string[];
}

const SPLITS = new Set(["train", "training", "test", "testing", "val", "valid", "validation"]);

/** The classes of pictures named by their paths with `/` between folders. */
export function classFolders(names: readonly string[]): ClassFolders {
  let folders = names.map((name) => name.split("/").slice(0, -1));
  let splits: readonly string[] = [];
  // A wrapping folder holds everything and only other folders: its name says nothing.
  while (folders.length > 0 && folders.every((path) => path.length > 1)) {
    const first = new Set(folders.map((path) => path[0] ?? ""));
    const isSplit = splits.length === 0 && [...first].every((name) => SPLITS.has(name.toLowerCase()));
    if (first.size > 1 && !isSplit) break;
    if (isSplit) splits = [...first].sort();
    folders = folders.map((path) => path.slice(1));
  }
  const names1 = folders.map((path) => path[0]);
  const distinct = [...new Set(names1)];
  if (distinct.length < 2 || distinct.includes(undefined)) return { splits };
  const classes = distinct.filter((name) => name !== undefined).sort(byNumberOrText);
  const position = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: names1.map((name) => position.get(name ?? "") ?? 0), splits };
}

function byNumberOrText(a: string, b: string): number {
  const numbers = /^\d+$/;
  if (numbers.test(a) && numbers.test(b)) return Number(a) - Number(b) || (a < b ? -1 : 1);
  return a < b ? -1 : 1;
}
