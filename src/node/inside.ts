/**
 * Whether a path lies inside a folder; both are real paths (absolute, without links), so that words decide it.
 */
import { isAbsolute, relative } from "node:path";

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
}
