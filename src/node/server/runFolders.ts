/**
 * Where runs are: each is a folder directly below one folder, and nothing outside of that is ever read, through links neither.
 */
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { DeblendError } from "../../errors.ts";
import { fileError, makeFolder } from "../files.ts";
import { isInside } from "../inside.ts";
import { Refused } from "./refused.ts";

export interface RunFolders {
  /** The folder of all runs; a real path. */
  readonly folder: string;
  /** Names of the runs, sorted. */
  names(): Promise<string[]>;
  /**
   * The real path of a run.
   *
   * @throws Refused (404) if there is no such run
   */
  find(name: string): Promise<string>;
  /**
   * The real path of a file of a run.
   *
   * @throws Refused (404) if it is not there, or a link leads out of the folder of all runs
   */
  file(name: string, ...parts: readonly string[]): Promise<string>;
  /**
   * The path for a new run.
   *
   * @throws Refused (409) if something is there already
   */
  place(name: string): Promise<string>;
}

/** What every run has. */
const CONFIG = "config.json";

/**
 * Opens the folder of all runs, making it if it is missing.
 *
 * @throws DeblendError if it cannot be used, or is a run itself
 */
export async function openRunFolders(path: string): Promise<RunFolders> {
  let folder: string;
  try {
    await makeFolder(path);
    folder = await realpath(path);
  } catch (thrown) {
    throw fileError("use the folder of runs", path, thrown);
  }
  if (await isFile(join(folder, CONFIG))) {
    throw new DeblendError(`${path} is a run itself: give the folder that it lies in.`);
  }
  /** The real path of what lies there, inside the folder; undefined where nothing does. */
  const within = async (...parts: readonly string[]): Promise<string | undefined> => {
    const real = await realpath(join(folder, ...parts)).catch(() => undefined);
    return real !== undefined && isInside(folder, real) ? real : undefined;
  };
  const find = async (name: string): Promise<string> => {
    const run = isOneName(name) ? await within(name) : undefined;
    const config = run === undefined ? undefined : await within(name, CONFIG);
    if (run === undefined || config === undefined || !(await isFile(config))) {
      throw new Refused(404, `There is no run ${name}.`);
    }
    return run;
  };
  return {
    folder,
    find,
    names: async () => {
      const names = (await readdir(folder)).filter(isOneName).sort();
      const found = await Promise.all(
        names.map((name) =>
          find(name).then(
            () => true,
            () => false,
          ),
        ),
      );
      return names.filter((_, i) => found[i]);
    },
    file: async (name, ...parts) => {
      await find(name);
      const real = await within(name, ...parts);
      if (real === undefined) throw new Refused(404, `The run ${name} has no ${parts.join("/")}.`);
      return real;
    },
    place: async (name) => {
      const place = join(folder, name);
      if (!isOneName(name) || (await lstat(place).catch(() => undefined)) !== undefined) {
        throw new Refused(409, `There is something named ${name} already: choose another name.`);
      }
      return place;
    },
  };
}

/** The name of one visible folder, not a way to others. */
const isOneName = (name: string) => name !== "" && !name.startsWith(".") && !/[\\/\0]/.test(name);

const isFile = (path: string) =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
