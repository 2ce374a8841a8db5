/**
 * Densities made of Gaussians: one, five, and many along two moons or a spiral.
 */
import type { Point } from "../blend.ts";
import { gaussians } from "./density.ts";

const along = (count: number, point: (u: number) => Point): Point[] =>
  Array.from({ length: count }, (_, i) => point((i + 0.5) / count));

export const gaussian = gaussians("gaussian", [[0, 0]], 0.4);

export const gaussianMixture = gaussians(
  "gaussian-mixture",
  along(5, (u) => [0.7 * Math.sin(2 * Math.PI * u), 0.7 * Math.cos(2 * Math.PI * u)]),
  0.12,
);

export const twoMoons = gaussians(
  "two-moons",
  [
    ...along(48, (u): Point => [0.6 * Math.cos(Math.PI * u) - 0.3, 0.6 * Math.sin(Math.PI * u) - 0.15]),
    ...along(48, (u): Point => [0.6 * Math.cos(Math.PI * u) + 0.3, -0.6 * Math.sin(Math.PI * u) + 0.15]),
  ],
  0.05,
);

/** Arms of even density: the radius grows with the root of the way along. */
export const spiral = gaussians(
  "spiral",
  along(128, (u) => {
    const radius = 0.9 * Math.sqrt(u);
    const angle = 4 * Math.PI * Math.sqrt(u);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }),
  0.035,
);
