/**
 * metrics.jsonl as columns, with fewer points where a curve of all of them would show no more.
 */
import type { MetricColumns } from "../../studioApi/index.ts";

const COLUMNS = ["step", "loss", "imagesPerSecond", "learningRate", "gradientNorm", "seconds"] as const;

/** One line of metrics.jsonl. */
export type MetricLine = { readonly [key in (typeof COLUMNS)[number]]: number };

/** Columns that vary from line to line: several lines become their mean. The others become their last value. */
const AVERAGED: ReadonlySet<string> = new Set(["loss", "imagesPerSecond", "gradientNorm"]);

/** A line as numbers; undefined for one that a kill cut short, or that is none. */
export function parseMetricLine(line: string): MetricLine | undefined {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  const numbers = COLUMNS.map((key) => [key, value?.[key]] as const);
  if (!numbers.every(([, number]) => typeof number === "number")) return undefined;
  return Object.fromEntries(numbers) as unknown as MetricLine;
}

/** All whole lines of a file's text. */
export function parseMetrics(text: string): MetricLine[] {
  return text.split("\n").flatMap((line) => parseMetricLine(line) ?? []);
}

/**
 * At most `points` groups of neighbouring lines, of as equal sizes as can be, each as one point: the mean loss of the group
 * at its last step.
 */
export function toColumns(lines: readonly MetricLine[], points = lines.length): MetricColumns {
  const count = Math.min(points, lines.length);
  const columns = Object.fromEntries(COLUMNS.map((key) => [key, new Array<number>(count)])) as Record<
    (typeof COLUMNS)[number],
    number[]
  >;
  for (let i = 0; i < count; i++) {
    const group = lines.slice(
      Math.floor((i * lines.length) / count),
      Math.floor(((i + 1) * lines.length) / count),
    );
    for (const key of COLUMNS) {
      const sum = group.reduce((total, line) => total + line[key], 0);
      columns[key][i] = AVERAGED.has(key) ? sum / group.length : (group.at(-1)?.[key] ?? 0);
    }
  }
  return columns;
}
