/**
 * What many measurements are summed up as.
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/**
 * The median of each number that reports have in common.
 *
 * @param {readonly Record<string, unknown>[]} reports
 * @returns {Record<string, number>}
 */
export function medians([first, ...others]) {
  if (first === undefined) return {};
  return Object.fromEntries(
    Object.keys(first)
      .filter((key) => typeof first[key] === "number")
      .map((key) => [key, median([first, ...others].map((report) => Number(report[key])))]),
  );
}
