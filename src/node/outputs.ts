/**
 * Whether results can be written, asked before they are computed: an hour of sampling should not end at a folder that is
 * not there to be written to.
 */
import { open, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DeblendError } from "../errors.ts";
import { fileError, temporaryBeside } from "./files.ts";

/**
 * Whether a file can be written at `path`, with the folders that it needs; nothing is left there.
 *
 * @throws DeblendError if it cannot
 */
export async function checkOutputFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new DeblendError(`Could not write ${path}: it is a folder; give the name of a file.`);
  }
  await checkPlace(dirname(resolve(path)), path);
}

/**
 * Whether files can be written into a folder, which is made when it is missing; nothing is left there.
 *
 * @throws DeblendError if they cannot
 */
export async function checkOutputFolder(path: string): Promise<void> {
  await checkPlace(resolve(path), path);
}

/** Tries it with a file in the lowest of the folders that there is: rights alone do not tell of every system. */
async function checkPlace(folder: string, path: string): Promise<void> {
  try {
    let place = folder;
    while (!(await exists(place))) place = dirname(place);
    const probe = temporaryBeside(join(place, "deblend"));
    const file = await open(probe, "wx");
    await file.close();
    await rm(probe, { force: true });
  } catch (thrown) {
    throw fileError("write", path, thrown);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ENOENT") return false;
      throw thrown;
    },
  );
