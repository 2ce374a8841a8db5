/**
 * What one training step eats: pairs to blend, and where to blend them.
 */
export interface TrainingBatch {
  /** Noise, [n, c, h, w]. */
  readonly x0: Float32Array;
  /** Data, [n, c, h, w]. */
  readonly x1: Float32Array;
  /** [n], in [0, 1]. */
  readonly alpha: Float32Array;
  /** [n, ...], for a conditional network. */
  readonly condition?: Float32Array;
}
