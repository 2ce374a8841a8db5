/**
 * Points as [x, y, x, y, ...], the form that figures and networks take them in.
 */
import { theory } from "../../../src/index.ts";
import { densityOf } from "../density/spec.ts";

/** `count` points of a density. @throws DeblendError for an unknown density */
export function samplesOf(spec: string, count: number, key: theory.DensityKey): Float32Array {
  return Float32Array.from(densityOf(spec).sample(count, key).flat());
}

/** Each pair blended, by the theory's own function. */
export function blendAll(x0: Float32Array, x1: Float32Array, alpha: number): Float32Array {
  const out = new Float32Array(x0.length);
  for (let i = 0; i + 1 < out.length; i += 2) {
    out.set(theory.blend([x0[i] ?? 0, x0[i + 1] ?? 0], [x1[i] ?? 0, x1[i + 1] ?? 0], alpha), i);
  }
  return out;
}

/** The points of a square grid, `side` x `side`, in [-reach, reach]^2. */
export function gridPoints(side: number, reach: number): Float32Array {
  const place = (i: number) => reach * ((2 * i) / (side - 1) - 1);
  return Float32Array.from(
    Array.from({ length: side * side }, (_, i) => [place(i % side), place(Math.floor(i / side))]).flat(),
  );
}
