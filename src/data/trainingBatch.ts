/**
 * What one training step eats: pairs to blend, where to blend them, and what the network is shown besides.
 */
export interface TrainingBatch {
  /** Noise, [n, c, h, w]. */
  readonly x0: Float32Array;
  /** Data, [n, c, h, w]. */
  readonly x1: Float32Array;
  /** [n], in [0, 1]. */
  readonly alpha: Float32Array;
  /** [n, k, h, w] in [-1, 1], for a network that takes a condition. */
  readonly condition?: Float32Array | undefined;
  /** [n], numbers of classes, for a network that takes a label; the number of classes stands for "none". */
  readonly label?: Float32Array | undefined;
}
