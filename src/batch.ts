/**
 * A batch of events (images, 2D points) as plain numbers: the currency between data, networks and solvers.
 */
export interface Batch {
  /** Values in row-major order; images are [n, channels, height, width] in [-1, 1]. */
  readonly data: Float32Array;
  /** `[n, ...event]`: the first entry counts the events. */
  readonly shape: readonly [n: number, ...event: number[]];
}

/**
 * The direction `D(x_alpha, alpha)`, an estimate of `E[x1 - x0 | x_alpha]`: an exact 2D deblender and a trained
 * network are both one.
 *
 * @param x the blended batch `x_alpha`, [n, ...event]
 * @param alpha in [0, 1]; one number for the whole batch or one an event
 * @param condition what the generation is conditioned on, [n, ...], where the model has one
 * @param label numbers of classes, [n], where the model takes them
 */
export type Deblender = (
  x: Batch,
  alpha: Float32Array | number,
  condition?: Batch,
  label?: Float32Array,
) => Promise<Batch>;

/** The product of the sizes: how many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}
