/**
 * Blending, equation 1 of the paper: x_alpha = (1 - alpha) x0 + alpha x1.
 */

/** A point of the plane; what the theory's algorithms move. */
export type Point = readonly [x: number, y: number];

/**
 * The point between x0 (alpha = 0) and x1 (alpha = 1).
 *
 * @param alpha from 0 to 1; the line goes on beyond both ends
 */
export function blend(x0: Point, x1: Point, alpha: number): Point {
  return [(1 - alpha) * x0[0] + alpha * x1[0], (1 - alpha) * x0[1] + alpha * x1[1]];
}
