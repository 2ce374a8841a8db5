/**
 * Which checkpoints a run has: the finished ones, newest first.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CHECKPOINTS_FOLDER, stepOfName } from "../training/checkpoint.ts";

/** Folders of a run's checkpoints, newest first; none where the folder is no run. */
export async function checkpointFolders(run: string): Promise<string[]> {
  const folder = join(run, CHECKPOINTS_FOLDER);
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => {
      const step = stepOfName(name);
      return step === undefined ? [] : [{ name, step }];
    })
    .sort((a, b) => b.step - a.step)
    .map(({ name }) => join(folder, name));
}

/** The newest checkpoint of a run, or undefined. */
export async function latestCheckpoint(run: string): Promise<string | undefined> {
  return (await checkpointFolders(run))[0];
}
