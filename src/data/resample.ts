/**
 * Resizes a small picture to cover a size and crops the centre: Lanczos with three lobes, widened when shrinking so
 * that it also filters (Turkowski, "Filters for common resampling tasks", 1990), one axis after the other.
 *
 * For pictures that are already raw numbers (MNIST, CIFAR-10, small PNGs); weights are worked out once a size.
 */

/** Resizes planes; made for one pair of sizes and used for many pictures. */
export type Resampler = (planes: Uint8Array) => Uint8Array;

/**
 * @param from height and width of the pictures, [channels, height, width]
 * @param to height and width of the results
 */
export function createResampler(
  channels: number,
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
): Resampler {
  if (from[0] === to[0] && from[1] === to[1]) return (planes) => planes;
  const scale = Math.max(to[0] / from[0], to[1] / from[1]);
  const rows = taps(from[0], to[0], scale);
  const columns = taps(from[1], to[1], scale);
  const [height, width] = from;
  const narrow = new Float64Array(channels * height * to[1]);
  return (planes) => {
    const out = new Uint8Array(channels * to[0] * to[1]);
    for (let x = 0; x < to[1]; x++) {
      const start = columns.starts[x] ?? 0;
      for (let row = 0; row < channels * height; row++) {
        let sum = 0;
        for (let i = 0; i < columns.count; i++) {
          sum += (columns.weights[x * columns.count + i] ?? 0) * (planes[row * width + start + i] ?? 0);
        }
        narrow[row * to[1] + x] = sum;
      }
    }
    for (let y = 0; y < to[0]; y++) {
      const start = rows.starts[y] ?? 0;
      for (let c = 0; c < channels; c++) {
        for (let x = 0; x < to[1]; x++) {
          let sum = 0;
          for (let i = 0; i < rows.count; i++) {
            sum +=
              (rows.weights[y * rows.count + i] ?? 0) * (narrow[(c * height + start + i) * to[1] + x] ?? 0);
          }
          out[(c * to[0] + y) * to[1] + x] = Math.min(255, Math.max(0, Math.round(sum)));
        }
      }
    }
    return out;
  };
}

/** Each result is a weighted sum of `count` sources from its start on. */
interface Taps {
  readonly count: number;
  readonly starts: Uint32Array;
  /** [results, count]; each row sums to 1. */
  readonly weights: Float64Array;
}

/** Along one axis, for each of the `to` centred positions: the source positions it is made of. */
function taps(from: number, to: number, scale: number): Taps {
  const stretch = Math.max(1, 1 / scale);
  const count = Math.min(from, 2 * Math.ceil(3 * stretch) + 1);
  const starts = new Uint32Array(to);
  const weights = new Float64Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = from / 2 + (i + 0.5 - to / 2) / scale;
    const start = Math.min(from - count, Math.max(0, Math.floor(centre) - Math.floor(count / 2)));
    const row = weights.subarray(i * count, (i + 1) * count);
    row.forEach((_, j) => {
      row[j] = lanczos3((start + j + 0.5 - centre) / stretch);
    });
    const sum = row.reduce((total, weight) => total + weight, 0);
    row.forEach((weight, j) => {
      row[j] = weight / sum;
    });
    starts[i] = start;
  }
  return { count, starts, weights };
}

function lanczos3(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const angle = Math.PI * x;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / angle ** 2;
}
