/**
 * Philox 4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
 *
 * A counter of 128 bits and a key of 64 give 128 random bits, with no state between calls: any number of any stream can
 * be had directly, in any order, on any machine. Tested against the vectors that its authors publish (Random123).
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the 64-bit product, from 16-bit halves: JavaScript has no such product. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each product has 32 bits, so each sum below stays under 2^33: exact in a number, and shifts take the upper bits.
  const middle = aHigh * bLow + (Math.imul(aLow, bLow) >>> 16);
  const low = aLow * bHigh + (middle & 0xffff);
  const carry = Math.floor(middle / 0x10000) + Math.floor(low / 0x10000);
  return (Math.imul(aHigh, bHigh) + carry) >>> 0;
}

/**
 * Ten rounds over the counter (c0, c1, c2, c3) under the key (k0, k1), all uint32; the four results go to `out`.
 * (Numbers one by one, not in arrays: this is called millions of times.)
 */
export function philox4x32(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = c3 >>> 0;
  let key0 = k0 >>> 0;
  let key1 = k1 >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0);
    const low0 = Math.imul(MULTIPLIER_0, x0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, x2);
    const low1 = Math.imul(MULTIPLIER_1, x2) >>> 0;
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x1 = low1;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x3 = low0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}
