/**
 * Points of the cube [0, 1)^3 that are even without being random: a lattice of irrational steps, moved by a random shift.
 *
 * Each point alone is uniform, as the shift is (Cranley and Patterson, 1976). Together they leave smaller gaps than
 * independent points do, so means over them err by about 1 / n and not 1 / sqrt(n). The steps are roots of primes
 * (Richtmyer, 1951).
 */
const STEPS = [Math.SQRT2, Math.sqrt(3), Math.sqrt(5)] as const;

/** Coordinates of a point of the cube. */
export type Place = readonly [u: number, v: number, w: number];

/** Point `i` of the lattice that begins at `shift`. */
export function latticePoint(i: number, [u, v, w]: Place): Place {
  return [(u + i * STEPS[0]) % 1, (v + i * STEPS[1]) % 1, (w + i * STEPS[2]) % 1];
}
