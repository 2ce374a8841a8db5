/**
 * Moments of a generation: which frame stands for an alpha, and a few that show the whole path.
 */
import type { Frame } from "../../worker/operations/generate.ts";

/** The last frame that alpha has reached. */
export function frameAt(frames: readonly Frame[], alpha: number): Frame | undefined {
  // A slider counts in thousandths, the grid of alphas does not.
  return frames.findLast((frame) => frame.alpha <= alpha + 1e-3) ?? frames[0];
}

/** At most `most` frames, evenly spaced, the first and the last among them. */
export function filmOf(frames: readonly Frame[], most: number): readonly Frame[] {
  if (frames.length <= most) return frames;
  return Array.from(
    { length: most },
    (_, i) => frames[Math.round((i * (frames.length - 1)) / (most - 1))],
  ).filter((frame) => frame !== undefined);
}

/** Frames of a generation may take up to this many bytes of the page's memory. */
const MEMORY = 2 ** 28;

/** Of which steps frames are kept so that they fit: 1 for all, 2 for every second, ... */
export function framesEvery(steps: number, count: number, pixels: number): number {
  return Math.max(1, Math.ceil((2 * 4 * pixels * count * (steps + 1)) / MEMORY));
}
