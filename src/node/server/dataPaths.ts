/**
 * What training may read. The person at this machine may name any path, as with `deblend train`. Where a folder is given,
 * everything lies below it; where the server can be reached from other machines and none is given, only built-in pictures
 * are left, so that nobody learns about the files of this machine.
 */
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { StudioInfo } from "../../studioApi/index.ts";
import { runConfigSchema } from "../../training/index.ts";
import { fileError } from "../files.ts";
import { isInside } from "../inside.ts";
import { Refused } from "./refused.ts";

export interface DataPaths {
  readonly allowed: StudioInfo["data"];
  /** The folder that everything lies below, a real path; undefined where there is none. */
  readonly below: string | undefined;
  /**
   * A configuration with its paths made absolute, so that the run can go on from anywhere.
   *
   * @throws Refused (403) for a path that may not be read
   */
  check(config: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

const BUILT_IN = "builtin:";

/** Keys of the configuration that name files: the schema says so. */
const pathKeys = (): string[] =>
  Object.entries(z.toJSONSchema(runConfigSchema, { io: "input" }).properties ?? {})
    .filter(([, property]) => typeof property === "object" && property.placeholder === "PATH")
    .map(([key]) => key);

/**
 * @param options.below what may be read, where that is limited
 * @param options.remote whether other machines can reach the server
 * @throws DeblendError if the folder is not there
 */
export async function openDataPaths(options: {
  readonly below?: string | undefined;
  readonly remote: boolean;
}): Promise<DataPaths> {
  const { below, remote } = options;
  const folder =
    below === undefined
      ? undefined
      : await realpath(below).catch((thrown: unknown) => {
          throw fileError("use the folder of data", below, thrown);
        });
  const keys = pathKeys();
  const refuse = (key: string, path: string, where: string): never => {
    throw new Refused(403, `Training here reads ${where} only, but ${key} is ${path}.`);
  };
  const checkPath = async (key: string, path: string): Promise<string> => {
    if (path.startsWith(BUILT_IN)) return path;
    if (folder === undefined) {
      return remote
        ? refuse(key, path, "built-in pictures (start the server with --data to allow more)")
        : resolve(path);
    }
    const named = resolve(folder, path);
    const real =
      named === folder || isInside(folder, named) ? await realpath(named).catch(() => named) : undefined;
    return real === folder || (real !== undefined && isInside(folder, real))
      ? real
      : refuse(key, path, "built-in pictures and what lies below the folder of --data");
  };
  return {
    allowed: folder !== undefined ? "below a folder" : remote ? "built-in" : "anything",
    below: folder,
    check: async (config) => {
      const checked = { ...config };
      for (const key of keys) {
        const value = config[key];
        // What is no path at all is the schema's to refuse.
        if (typeof value === "string" && value !== "") checked[key] = await checkPath(key, value);
      }
      return checked;
    },
  };
}
