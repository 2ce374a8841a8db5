/**
 * The contract of a density over the plane: it can be sampled, and evaluated.
 */
import { fillNormal, fillUniform, type RandomKey } from "../../random/index.ts";
import type { Point } from "../blend.ts";

/** Where random numbers come from. */
export type DensityKey = Omit<RandomKey, "purpose">;

export interface Density {
  readonly name: string;
  /** `count` independent points, near the square [-1, 1]^2. */
  sample(count: number, key: DensityKey): Point[];
  /** Probability per unit of area. */
  pdf(x: number, y: number): number;
}

/** Uniform numbers in [0, 1), `perPoint` for each of `count` points. */
export function uniforms(count: number, perPoint: number, key: DensityKey): Float32Array {
  const out = new Float32Array(count * perPoint);
  fillUniform(out, { ...key, purpose: "density" });
  return out;
}

/** A density that is even over a region of known area. */
export function uniformRegion(
  name: string,
  area: number,
  contains: (x: number, y: number) => boolean,
  map: (u: number, v: number) => Point,
): Density {
  return {
    name,
    sample: (count, key) => {
      const u = uniforms(count, 2, key);
      return Array.from({ length: count }, (_, i) => map(u[2 * i] ?? 0, u[2 * i + 1] ?? 0));
    },
    pdf: (x, y) => (contains(x, y) ? 1 / area : 0),
  };
}

/** Equal Gaussians of one deviation around centres. */
export function gaussians(name: string, centres: readonly Point[], deviation: number): Density {
  const peak = 1 / (2 * Math.PI * deviation ** 2 * centres.length);
  return {
    name,
    sample: (count, key) => {
      const which = uniforms(count, 1, key);
      const noise = new Float32Array(2 * count);
      // Another step of the same stream's address, so that choice and noise are independent.
      fillNormal(noise, { ...key, step: (key.step ?? 0) + 2 ** 31, purpose: "density" });
      return Array.from({ length: count }, (_, i) => {
        const [x, y] = centres[Math.floor((which[i] ?? 0) * centres.length)] ?? [0, 0];
        return [x + deviation * (noise[2 * i] ?? 0), y + deviation * (noise[2 * i + 1] ?? 0)];
      });
    },
    pdf: (x, y) =>
      centres.reduce((sum, [cx, cy]) => {
        const squared = ((x - cx) ** 2 + (y - cy) ** 2) / deviation ** 2;
        return squared > 60 ? sum : sum + peak * Math.exp(-squared / 2);
      }, 0),
  };
}
