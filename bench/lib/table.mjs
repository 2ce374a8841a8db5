/**
 * Markdown tables and the numbers in them.
 */

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Three digits that mean something, without an exponent. @param {unknown} value */
export function digits(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "-";
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** @param {unknown} theirs @param {unknown} ours */
export function ratio(theirs, ours) {
  return typeof theirs !== "number" || typeof ours !== "number" ? "-" : `${(theirs / ours).toFixed(2)}x`;
}
