/**
 * What a network may predict instead of the direction d = x1bar - x0bar, and how d follows from it.
 *
 * The posterior means satisfy x = (1 - alpha) x0bar + alpha x1bar, so one of them gives the other, but for a division that is
 * singular where alpha (or 1 - alpha) is 0. Numbers, one entry at a time: apply them elementwise.
 */

/** From both means: regular everywhere. */
export const directionFromBoth = (x0bar: number, x1bar: number): number => x1bar - x0bar;

/** From x0bar alone: d = (x - x0bar) / alpha, singular at alpha = 0. */
export const directionFromX0 = (x: number, alpha: number, x0bar: number): number => (x - x0bar) / alpha;

/** From x1bar alone: d = (x1bar - x) / (1 - alpha), singular at alpha = 1. */
export const directionFromX1 = (x: number, alpha: number, x1bar: number): number => (x1bar - x) / (1 - alpha);

/** From the direction itself, the default, both means: regular everywhere. */
export const meansFromDirection = (
  x: number,
  alpha: number,
  d: number,
): { x0bar: number; x1bar: number } => ({
  x0bar: x - alpha * d,
  x1bar: x + (1 - alpha) * d,
});

/**
 * DDIM with eta = 0 is the same process in other coordinates: with s = sqrt(abar) + sqrt(1 - abar),
 * alpha = sqrt(abar) / s and x_iadb = x_ddim / s, exactly, step by step.
 *
 * @param abar the cumulative product of 1 - beta, in [0, 1]
 */
export function ddimCoordinates(abar: number): { alpha: number; scale: number } {
  const s = Math.sqrt(abar) + Math.sqrt(1 - abar);
  return { alpha: Math.sqrt(abar) / s, scale: 1 / s };
}

/** The direction at x (IADB coordinates) of a network that predicts the noise epsilon, which is x0bar. */
export const directionFromEpsilon = directionFromX0;
