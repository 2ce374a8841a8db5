/**
 * Every named density of the plane.
 */
import { gaussian, gaussianMixture, spiral, twoMoons } from "./clouds.ts";
import type { Density } from "./density.ts";
import { disc, ring, square, triangle } from "./shapes.ts";

export type { Density, DensityKey } from "./density.ts";
export { imageDensity } from "./image.ts";

const all = [triangle, square, disc, ring, gaussian, gaussianMixture, twoMoons, spiral];

export const densities: ReadonlyMap<string, Density> = new Map(all.map((density) => [density.name, density]));
