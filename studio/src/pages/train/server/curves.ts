/**
 * Curves of noisy numbers: what is drawn of them.
 */

/** A run's numbers against its steps or its hours. */
export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Means over the surroundings of each point; as many as there were. What is looked at on both sides is equally far, so that a
 * falling curve stays where it is; only its newest points look further back than forward.
 *
 * @param reach points looked at on each side
 */
export function smoothed(values: readonly number[], reach: number): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return values.map((_, i) => {
    const back = Math.min(reach, i);
    const from = i - back;
    const to = Math.min(i + back, values.length - 1) + 1;
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
}

/** The lowest and highest of some numbers; [0, 1] where there are none, and never a single point. */
export function extent(values: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - Math.abs(low) / 2 - 1e-9, high + Math.abs(high) / 2 + 1e-9] : [low, high];
}

/** A series as it is drawn: without what has no place on the axis, and with its mean. */
export interface Drawn extends Series {
  readonly mean: readonly number[];
  /** Which of the series that were given it is. */
  readonly index: number;
}

/** The mean looks at this share of the curve on each side. */
const REACH = 1 / 60;

/** A logarithm has no place for 0; a run without a number that can be drawn has no curve, and no say in the axes. */
export function drawable(series: readonly Series[], isLog: boolean): readonly Drawn[] {
  return series
    .map(({ name, x, y }, index) => {
      const isKept = y.map((value) => Number.isFinite(value) && (!isLog || value > 0));
      const kept = (values: readonly number[]) => values.filter((_, i) => isKept[i]);
      const shown = kept(y);
      return { name, index, x: kept(x), y: shown, mean: smoothed(shown, Math.round(shown.length * REACH)) };
    })
    .filter(({ y }) => y.length > 0);
}

/** What the axes span, so that every curve has room. */
export function domainsOf(
  drawn: readonly Drawn[],
  isLog: boolean,
): { readonly x: [number, number]; readonly y: [number, number] } {
  const [low, high] = extent(drawn.flatMap(({ y }) => y));
  return {
    x: extent(drawn.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0])),
    // Around a single small number, extent may reach below 0.
    y: isLog && low <= 0 ? [high / 10, high] : [low, high],
  };
}

/** The index of the x nearest to `at`; x ascending. */
export function nearest(x: readonly number[], at: number): number {
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < at) low = middle;
    else high = middle;
  }
  return Math.abs((x[low] ?? 0) - at) <= Math.abs((x[high] ?? 0) - at) ? low : high;
}
