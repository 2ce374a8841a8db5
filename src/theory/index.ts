/**
 * The paper: blending, deblending, Algorithms 1 to 4, densities of the plane and parametrisations.
 */
export { type Algorithm1Options, algorithm1 } from "./algorithm1.ts";
export { algorithm2 } from "./algorithm2.ts";
export { algorithm3Loss, type TrainingPairs } from "./algorithm3.ts";
export { algorithm4 } from "./algorithm4.ts";
export { blend, type Point } from "./blend.ts";
export { type Candidates, drawCandidates, type Ends } from "./candidates.ts";
export { deblend, type Pair, type Posterior, posterior, posteriorMeans } from "./deblend.ts";
export { type Density, type DensityKey, densities, imageDensity } from "./densities/index.ts";
export { exactDeblender } from "./exactDeblender.ts";
export {
  ddimCoordinates,
  directionFromBoth,
  directionFromEpsilon,
  directionFromX0,
  directionFromX1,
  meansFromDirection,
} from "./parametrisations.ts";
export { NEGLIGIBLE, nearestOn, posteriorNear } from "./reach.ts";
export { spreadOfEnds, spreadOfPaths } from "./spread.ts";
