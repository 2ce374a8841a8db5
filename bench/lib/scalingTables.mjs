/**
 * How the step's time grows, one table an axis.
 */
import { digits, table } from "./table.mjs";

/**
 * @typedef {{ batch: number, size: number, channels: number, results: Record<string, Record<string, number | string>> }} Point
 *
 * @param {{ base: Record<string, number>, axes: Record<string, number[]>, measured: Point[] }} scaling
 * @returns {string[]}
 */
export function scalingTables({ base, axes, measured }) {
  return Object.entries(axes).map(([axis, values]) => {
    const found = values.map((value) =>
      measured.find((point) =>
        Object.entries({ ...base, [axis]: value }).every(
          ([key, wanted]) => point[/** @type {"batch" | "size" | "channels"} */ (key)] === wanted,
        ),
      ),
    );
    const who = [...new Set(found.flatMap((point) => Object.keys(point?.results ?? {})))];
    const rows = who.map((name) => [
      name,
      ...found.map((point) => digits(point?.results[name]?.trainStepMs)),
    ]);
    return table([axis, ...values.map(String)], rows);
  });
}
