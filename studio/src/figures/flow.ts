/**
 * Paths of Algorithm 2 as figures need them: grouped by colour, and at any alpha between two steps.
 */
import { colourOf } from "../../../src/index.ts";

export interface ColourGroup {
  readonly colour: string;
  readonly indices: readonly number[];
}

/** Directions and distances that get a colour of their own. */
const DIRECTIONS = 40;
const RINGS = 5;

/**
 * Points that share a colour: near places get the same one, so that a canvas changes colours a few hundred times and not
 * once a point.
 *
 * @param paths [points, steps + 1, 2]
 * @param done how many of the points are there
 */
export function byColour(
  paths: Float32Array,
  done: number,
  steps: number,
  by: "start" | "end",
): readonly ColourGroup[] {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < done; i++) {
    const at = 2 * (i * (steps + 1) + (by === "end" ? steps : 0));
    const [x, y] = [paths[at] ?? 0, paths[at + 1] ?? 0];
    const angle = (Math.round((Math.atan2(y, x) / (2 * Math.PI)) * DIRECTIONS) / DIRECTIONS) * 2 * Math.PI;
    const radius = Math.round(Math.min(1, Math.hypot(x, y)) * RINGS) / RINGS;
    const colour = colourOf([radius * Math.cos(angle), radius * Math.sin(angle)]);
    const group = groups.get(colour);
    if (group === undefined) groups.set(colour, [i]);
    else group.push(i);
  }
  return [...groups].map(([colour, indices]) => ({ colour, indices }));
}

/** Where the points are at an alpha, [x, y, x, y, ...]; a step is a straight line. */
export function positionsAt(
  paths: Float32Array,
  steps: number,
  indices: readonly number[],
  alpha: number,
): Float32Array {
  const step = Math.min(steps - 1, Math.floor(alpha * steps));
  const part = alpha * steps - step;
  const out = new Float32Array(2 * indices.length);
  indices.forEach((index, i) => {
    const at = 2 * (index * (steps + 1) + step);
    for (const axis of [0, 1]) {
      const [from, to] = [paths[at + axis] ?? 0, paths[at + axis + 2] ?? 0];
      out[2 * i + axis] = from + part * (to - from);
    }
  });
  return out;
}
