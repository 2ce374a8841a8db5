/**
 * Random streams: every random number of the product, addressed by seed, purpose, step and index.
 *
 * The key of the generator holds the seed and the purpose, the counter holds the position inside the stream, the index
 * and the step. So the noise of sample 17 is the same whatever batch, worker or machine draws it.
 */
import { DeblendError } from "../errors.ts";
import { philox4x32 } from "./philox.ts";

/** What a stream is for; the numbers are part of the format, so new purposes go to the end. */
const PURPOSES = {
  init: 1,
  noise: 2,
  alpha: 3,
  order: 4,
  flip: 5,
  sample: 6,
  density: 7,
  deblend: 8,
  demo: 9,
  "network-probe": 10,
  condition: 11,
  dropout: 12,
  streets: 13,
} as const;

export type Purpose = keyof typeof PURPOSES;

/** Which stream: 2^52 seeds, 2^32 steps, 2^32 indices. */
export interface RandomKey {
  /** A whole number from 0 to 2^52 - 1. */
  readonly seed: number;
  readonly purpose: Purpose;
  readonly step?: number;
  readonly index?: number;
}

const SEEDS = 2 ** 52;
const WORD = 2 ** 32;

/** Calls `use` with four random words at a time, as many times as `blocks` says. */
function forEachBlock(
  { seed, purpose, step = 0, index = 0 }: RandomKey,
  blocks: number,
  use: (words: Uint32Array, block: number) => void,
): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEEDS) {
    throw new DeblendError(`A seed is a whole number from 0 to ${SEEDS - 1}, but got ${seed}.`);
  }
  const words = new Uint32Array(4);
  // 20 bits of the key's second word are free for the upper bits of the seed, 12 for the purpose.
  const key0 = seed % WORD;
  const key1 = Math.floor(seed / WORD) * 2 ** 12 + PURPOSES[purpose];
  const low = index % WORD;
  const high = Math.floor(index / WORD);
  for (let block = 0; block < blocks; block++) {
    philox4x32(words, block, low, step, high, key0, key1);
    use(words, block);
  }
}

/** Fills with uniform numbers in [0, 1), multiples of 2^-24. */
export function fillUniform(out: Float32Array, key: RandomKey): void {
  forEachBlock(key, Math.ceil(out.length / 4), (words, block) => {
    for (let i = 0; i < 4; i++) out[4 * block + i] = ((words[i] ?? 0) >>> 8) * 2 ** -24;
  });
}

/** Fills with standard normal numbers (Box and Muller, 1958), two from each pair of words. */
export function fillNormal(out: Float32Array, key: RandomKey): void {
  forEachBlock(key, Math.ceil(out.length / 4), (words, block) => {
    for (let i = 0; i < 4; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(((words[i] ?? 0) + 1) / WORD));
      const angle = ((words[i + 1] ?? 0) / WORD) * 2 * Math.PI;
      out[4 * block + i] = radius * Math.cos(angle);
      out[4 * block + i + 1] = radius * Math.sin(angle);
    }
  });
}

/** A random order of 0 to count - 1 (Fisher and Yates). */
export function permutation(count: number, key: RandomKey): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const uniforms = new Float64Array(count);
  forEachBlock(key, Math.ceil(count / 2), (words, block) => {
    // 53 bits a draw, so that the order is fair for any count.
    for (let i = 0; i < 2; i++) {
      uniforms[2 * block + i] = ((words[2 * i] ?? 0) * 2 ** 21 + ((words[2 * i + 1] ?? 0) >>> 11)) * 2 ** -53;
    }
  });
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor((uniforms[last] ?? 0) * (last + 1));
    const moved = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
