/**
 * Where generation starts: the noise of one seed, or points between the noise of two.
 */
import { type Batch, sampleNoise } from "../../../../src/index.ts";

/**
 * Between two seeds, `count` images from the first's image 0 to the second's along the great circle: normal noise in many
 * dimensions lies close to a sphere, and a straight line would leave it (Shoemake, "Animating rotation with quaternion
 * curves", 1985, for the formula).
 *
 * @returns [count, ...event]
 */
export function startingNoise(
  event: readonly number[],
  count: number,
  seed: number,
  toSeed: number | undefined,
): Batch {
  if (toSeed === undefined) return sampleNoise(event, seed, 0, count);
  const [a, b] = [sampleNoise(event, seed, 0, 1).data, sampleNoise(event, toSeed, 0, 1).data];
  const data = new Float32Array(count * a.length);
  for (let i = 0; i < count; i++) {
    data.set(slerp(a, b, count === 1 ? 0 : i / (count - 1)), i * a.length);
  }
  return { data, shape: [count, ...event] };
}

/** From a at t = 0 to b at t = 1, at a constant angular speed. */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const dot = (u: Float32Array, v: Float32Array) => u.reduce((sum, value, i) => sum + value * (v[i] ?? 0), 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  // Equal directions: every point between them is the same one.
  if (angle < 1e-6) return a.slice();
  const [u, v] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return a.map((value, i) => u * value + v * (b[i] ?? 0));
}
