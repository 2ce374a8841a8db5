/**
 * Even densities over plain shapes: triangle, square, disc and ring.
 */
import type { Point } from "../blend.ts";
import { uniformRegion } from "./density.ts";

const CORNERS: readonly [Point, Point, Point] = [
  [0, 0.95],
  [-0.95, -0.7],
  [0.95, -0.7],
];

/** Twice the signed area of the triangle a, b, (x, y). */
const turn = ([ax, ay]: Point, [bx, by]: Point, x: number, y: number) =>
  (bx - ax) * (y - ay) - (x - ax) * (by - ay);
const [A, B, C] = CORNERS;

export const triangle = uniformRegion(
  "triangle",
  Math.abs(turn(A, B, ...C)) / 2,
  (x, y) => {
    const first = turn(A, B, x, y);
    const second = turn(B, C, x, y);
    const third = turn(C, A, x, y);
    return (first >= 0 && second >= 0 && third >= 0) || (first <= 0 && second <= 0 && third <= 0);
  },
  (u, v) => {
    // The square root keeps the density even towards the first corner.
    const root = Math.sqrt(u);
    const [a, b, c] = [1 - root, root * (1 - v), root * v];
    return [a * A[0] + b * B[0] + c * C[0], a * A[1] + b * B[1] + c * C[1]];
  },
);

const HALF = 0.8;
export const square = uniformRegion(
  "square",
  (2 * HALF) ** 2,
  (x, y) => Math.abs(x) <= HALF && Math.abs(y) <= HALF,
  (u, v) => [HALF * (2 * u - 1), HALF * (2 * v - 1)],
);

/** Points between two radii: area grows with the square of the radius. */
const between = (inner: number, outer: number, name: string) =>
  uniformRegion(
    name,
    Math.PI * (outer ** 2 - inner ** 2),
    (x, y) => x * x + y * y <= outer ** 2 && x * x + y * y >= inner ** 2,
    (u, v) => {
      const radius = Math.sqrt(inner ** 2 + u * (outer ** 2 - inner ** 2));
      return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
    },
  );

export const disc = between(0, 0.9, "disc");
export const ring = between(0.6, 0.9, "ring");
