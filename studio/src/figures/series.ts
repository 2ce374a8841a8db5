/**
 * What a chart shows: a named list of points in one of the page's tones.
 */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly kind: "line" | "dashed" | "dots";
  readonly tone: "p0" | "p1" | "ink" | "soft";
}
