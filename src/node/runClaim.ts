/**
 * Who trains a run: a claim in its folder, so that no two processes train it at once and others can see that it is running.
 *
 * The claim is a file that names the process. It is touched every few seconds, because a process that was killed cannot
 * take it back: a claim does not hold if its process is gone (where that can be seen) or has been silent for long.
 */
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { DeblendError } from "../errors.ts";
import { fileError } from "./files.ts";

const CLAIM = ".training.json";
/** Milliseconds between two touches. */
const TOUCH_EVERY = 5_000;
/** Milliseconds after which a silent claim no longer holds; a process of another machine or container cannot be looked up. */
const SILENCE = 30_000;

const claimantSchema = z.object({ pid: z.int().positive(), host: z.string() });

/** The process that trains a run. */
export type Claimant = z.infer<typeof claimantSchema>;

export interface Claim {
  /** Gives the run back. */
  release(): Promise<void>;
}

/**
 * Claims the run in `folder` for this process.
 *
 * @throws DeblendError if another one trains it, or nothing can be written there
 */
export async function claimRun(folder: string): Promise<Claim> {
  const path = join(folder, CLAIM);
  const text = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Claimant);
  const write = () => writeFile(path, text, { flag: "wx" });
  try {
    await write().catch(async (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== "EEXIST") throw thrown;
      const other = await claimantOf(folder);
      if (other !== undefined) {
        throw new DeblendError(
          `The run ${folder} is being trained by process ${other.pid} of ${other.host}: stop it there first.`,
        );
      }
      await rm(path, { force: true });
      await write();
    });
  } catch (thrown) {
    throw fileError("claim the run", path, thrown);
  }
  const touching = setInterval(() => {
    const now = new Date();
    // A claim that somebody removed is not made anew: whoever removed it meant to.
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_EVERY);
  touching.unref();
  return {
    release: async () => {
      clearInterval(touching);
      await rm(path, { force: true });
    },
  };
}

/** The process that trains the run in `folder`, or undefined where none does. */
export async function claimantOf(folder: string): Promise<Claimant | undefined> {
  const path = join(folder, CLAIM);
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    if (Date.now() - mtimeMs > SILENCE) return undefined;
    const claimant = claimantSchema.parse(JSON.parse(text));
    return claimant.host === hostname() && !isAlive(claimant.pid) ? undefined : claimant;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it is there, and another user's.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}
