/**
 * The operation that peers are timed on: a 3x3 convolution as in the middle of a U-Net, with numbers to feed it.
 */
export const [batch, channels, side] = [16, 64, 32];
export const imageShape = [batch, channels, side, side];
export const kernelShape = [channels, channels, 3, 3];
/** Additions and multiplications of one evaluation; the filter's gradient has as many. */
export const flop = 2 * batch * side * side * channels * channels * 9;

/** Numbers in (-1, 1). @param {readonly number[]} shape */
export function values(shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898) * 0.5);
}

/**
 * Times an action after one run that is not counted.
 *
 * @param {() => Promise<unknown>} action
 * @param {number} repeats
 */
export async function gflops(action, repeats = 5) {
  await action();
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const began = performance.now();
    await action();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return flop / (times[Math.floor((times.length - 1) / 2)] ?? Number.NaN) / 1e6;
}
