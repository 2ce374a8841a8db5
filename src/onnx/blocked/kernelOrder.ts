/**
 * The order of a convolution's weights in the blocked layout, as tables of positions in the row-major [o,i,kh,kw].
 *
 * Blocked order is [o/B, i/B, kh, kw, B of i, B of o]: one product of B inputs with B outputs lies together. Weights of
 * a stem with fewer than B inputs are [o/B, i, kh, kw, B of o]. Padding is marked by -1.
 */
import type { Storage } from "../kernel.ts";

/** [o, i, kh, kw]. */
export type KernelShape = readonly [number, number, number, number];

/** Row-major positions in blocked order; both channel counts are rounded up to whole blocks. */
export function blockedOrder([o, i, kh, kw]: KernelShape, block: number): Int32Array {
  const [outer, inner] = [Math.ceil(o / block), Math.ceil(i / block)];
  const order = new Int32Array(outer * inner * kh * kw * block * block);
  let next = 0;
  for (let ob = 0; ob < outer; ob++)
    for (let ib = 0; ib < inner; ib++)
      for (let tap = 0; tap < kh * kw; tap++)
        for (let bi = 0; bi < block; bi++)
          for (let bo = 0; bo < block; bo++) {
            const [oc, ic] = [ob * block + bo, ib * block + bi];
            order[next++] = oc < o && ic < i ? (oc * i + ic) * kh * kw + tap : -1;
          }
  return order;
}

/** Row-major positions in a stem's order [o/B, i, kh, kw, B of o]; outputs are rounded up to whole blocks. */
export function stemOrder([o, i, kh, kw]: KernelShape, block: number): Int32Array {
  const outer = Math.ceil(o / block);
  const order = new Int32Array(outer * i * kh * kw * block);
  let next = 0;
  for (let ob = 0; ob < outer; ob++)
    for (let inner = 0; inner < i * kh * kw; inner++)
      for (let bo = 0; bo < block; bo++) {
        const oc = ob * block + bo;
        order[next++] = oc < o ? oc * i * kh * kw + inner : -1;
      }
  return order;
}

/** Where each row-major position went: the inverse of an order without padding. */
export function inverseOrder(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  order.forEach((position, i) => {
    inverse[position] = i;
  });
  return inverse;
}

/** The row-major positions of the adjoint's weights [i,o,kh,kw], both kernel axes reversed, in those of [o,i,kh,kw]. */
export function turnedPositions([o, i, kh, kw]: KernelShape): Int32Array {
  const positions = new Int32Array(o * i * kh * kw);
  let next = 0;
  for (let ic = 0; ic < i; ic++)
    for (let oc = 0; oc < o; oc++)
      for (let tap = 0; tap < kh * kw; tap++)
        positions[next++] = (oc * i + ic) * kh * kw + (kh * kw - 1 - tap);
  return positions;
}

/** Numbers picked by position; -1 gives 0. */
export function pick(data: ArrayLike<number>, order: Int32Array): Float32Array {
  const picked = new Float32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const position = order[i] ?? -1;
    if (position >= 0) picked[i] = data[position] ?? 0;
  }
  return picked;
}

/** Whether a shape is that of weights that consist of whole blocks. */
export function isWholeKernel(shape: readonly number[], block: number): shape is KernelShape {
  const [o = 0, i = 0] = shape;
  return shape.length === 4 && o > 0 && i > 0 && o % block === 0 && i % block === 0;
}

/**
 * Moves weights of whole blocks between row-major and blocked order, without a table: states of gigabytes pass here.
 *
 * One block of outputs with one of inputs at a time, so that both sides of a move lie in the nearest cache.
 */
function move(
  plain: Float32Array,
  stored: Float32Array,
  [o, i, kh, kw]: KernelShape,
  block: number,
  toStored: boolean,
): void {
  const taps = kh * kw;
  const row = i * taps;
  let at = 0;
  for (let ob = 0; ob < o; ob += block)
    for (let ib = 0; ib < i; ib += block)
      for (let tap = 0; tap < taps; tap++)
        for (let bi = 0; bi < block; bi++) {
          let from = ob * row + (ib + bi) * taps + tap;
          for (let bo = 0; bo < block; bo++, at++, from += row) {
            if (toStored) stored[at] = plain[from] as number;
            else plain[from] = stored[at] as number;
          }
        }
}

/** How parameters of that shape are stored. */
export function kernelStorage(shape: KernelShape, block: number): Storage {
  return {
    toStored: (plain, into) => move(plain, into, shape, block, true),
    toPlain: (stored, into) => move(into, stored, shape, block, false),
  };
}
