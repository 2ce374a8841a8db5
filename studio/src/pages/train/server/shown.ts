/**
 * What of a run's metrics can be drawn, and in which words.
 */
export const SHOWN = ["loss", "imagesPerSecond", "learningRate", "gradientNorm"] as const;
export type Shown = (typeof SHOWN)[number];

export const shownTitles: Readonly<Record<Shown, string>> = {
  loss: "Loss",
  imagesPerSecond: "Images per second",
  learningRate: "Learning rate",
  gradientNorm: "Gradient norm",
};

/** What the page keeps in its address about the chart. */
export interface ChartChoice {
  with: string;
  show: Shown;
  against: "step" | "seconds";
  scale: "linear" | "log";
}
