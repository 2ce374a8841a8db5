/**
 * Decodes many images into a cache: several on their way at once, written in the order of their names.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { DeblendError, messageOf } from "../../errors.ts";
import type { CacheContents } from "./cache.ts";
import { type DecodedImage, withOneThreadAnImage } from "./decode.ts";

export type Append = (pixels: Uint8Array) => Promise<void>;
export type Skipped = CacheContents["skipped"][number];

/** How a set is being opened. */
export interface DecodingJob {
  /** What the person named. */
  readonly path: string;
  readonly strict: boolean;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Images on their way at once, so that every processor has one. */
const IN_FLIGHT = 16;
/** How long the thread may be kept from anything else, in milliseconds. */
export const TURN = 20;

export const unusable = (path: string, { name, reason }: Skipped) =>
  new DeblendError(`The image ${name} in ${path} cannot be used: ${reason}.`);

export function checkGoing({ signal }: Pick<DecodingJob, "signal">): void {
  if (signal?.aborted)
    throw new DeblendError("Stopped while the images were being decoded; nothing was kept.");
}

/**
 * @param decode throws an Error that says what is wrong with the image, which is then skipped (`strict`: fails), or a
 *   DeblendError for what makes the whole set unusable
 * @returns the names that were kept, those that were not, and how many were enlarged
 */
export async function appendDecoded(
  append: Append,
  names: readonly string[],
  decode: (name: string) => Promise<DecodedImage>,
  job: DecodingJob,
): Promise<{ readonly kept: string[]; readonly skipped: Skipped[]; readonly enlarged: number }> {
  const { path, strict, onProgress } = job;
  const kept: string[] = [];
  const skipped: Skipped[] = [];
  let enlarged = 0;
  type Result = DecodedImage | { readonly thrown: unknown };
  const attempt = async (name: string): Promise<Result> => {
    try {
      return await decode(name);
    } catch (thrown) {
      return { thrown };
    }
  };
  await withOneThreadAnImage(async () => {
    const going: { name: string; result: Promise<Result> }[] = [];
    const takeOldest = async () => {
      const oldest = going.shift();
      if (oldest === undefined) return;
      const result = await oldest.result;
      if ("thrown" in result) {
        if (result.thrown instanceof DeblendError) throw result.thrown;
        const found = { name: oldest.name, reason: messageOf(result.thrown) };
        if (strict) throw unusable(path, found);
        skipped.push(found);
        return;
      }
      kept.push(oldest.name);
      if (result.enlarged) enlarged += 1;
      await append(result.pixels);
    };
    let turn = performance.now();
    for (const [i, name] of names.entries()) {
      going.push({ name, result: attempt(name) });
      if (going.length >= IN_FLIGHT) await takeOldest();
      if (performance.now() - turn > TURN) {
        checkGoing(job);
        onProgress?.(i + 1 - going.length, names.length);
        await nextTurn();
        turn = performance.now();
      }
    }
    while (going.length > 0) await takeOldest();
  });
  onProgress?.(names.length, names.length);
  return { kept, skipped, enlarged };
}
