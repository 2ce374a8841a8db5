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
  /** Carries the cube [0, 1)^3 to the plane: what is even over the cube has this density. */
  place(u: number, v: number, w: number): Point;
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
    place: map,
    pdf: (x, y) => (contains(x, y) ? 1 / area : 0),
  };
}

/** Beyond this many deviations, squared, a Gaussian adds nothing that a sum would notice. */
const FAR = 60;

/** Equal Gaussians of one deviation around centres. */
export function gaussians(name: string, centres: readonly Point[], deviation: number): Density {
  const peak = 1 / (2 * Math.PI * deviation ** 2 * centres.length);
  const near = nearCentres(centres, Math.sqrt(FAR) * deviation);
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
    place: (u, v, w) => {
      const [x, y] = centres[Math.floor(u * centres.length)] ?? [0, 0];
      // Box and Muller, 1958.
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - v));
      return [x + radius * Math.cos(2 * Math.PI * w), y + radius * Math.sin(2 * Math.PI * w)];
    },
    pdf: (x, y) => {
      const around = near(x, y);
      let sum = 0;
      for (let i = 0; i < around.length; i += 2) {
        const squared = ((x - (around[i] ?? 0)) ** 2 + (y - (around[i + 1] ?? 0)) ** 2) / deviation ** 2;
        if (squared <= FAR) sum += peak * Math.exp(-squared / 2);
      }
      return sum;
    },
  };
}

/**
 * Which centres can matter at a place, as [x, y, x, y, ...]: all within `reach`, perhaps some more. Deblending asks for
 * densities a million times, so the plane is cut into cells that know theirs; the answer is the same as without.
 */
function nearCentres(centres: readonly Point[], reach: number): (x: number, y: number) => Float64Array {
  const cell = reach / 4;
  const all = Float64Array.from(centres.flat());
  const extent = Math.max(...all.map(Math.abs)) + reach;
  const side = Math.ceil((2 * extent) / cell);
  const cells: (Float64Array | undefined)[] = new Array(side * side);
  const none = new Float64Array();
  const reached = (column: number, row: number) => {
    const [x, y] = [(column + 0.5) * cell - extent, (row + 0.5) * cell - extent];
    // From the cell's middle, a corner is not farther away than a whole cell.
    return Float64Array.from(centres.filter(([a, b]) => Math.hypot(a - x, b - y) <= reach + cell).flat());
  };
  return (x, y) => {
    const [column, row] = [Math.floor((x + extent) / cell), Math.floor((y + extent) / cell)];
    if (!(column >= 0 && row >= 0 && column < side && row < side)) return none;
    const at = row * side + column;
    const known = cells[at] ?? reached(column, row);
    cells[at] = known;
    return known;
  };
}
