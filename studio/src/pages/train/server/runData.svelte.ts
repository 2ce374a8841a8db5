/**
 * Everything that is shown of one run: read once, then kept up with the news.
 */

import { fetchMetrics, fetchRun, RefusedError } from "./client.ts";
import type { Connection } from "./connection.svelte.ts";
import type { MetricColumns, RunConfig, TrainingNews } from "./types.ts";

/** More than a chart has pixels. */
const POINTS = 1000;
/** Points after which the curve is read again, thinned. */
const MOST = 2 * POINTS;

const KEYS = ["step", "loss", "imagesPerSecond", "learningRate", "gradientNorm", "seconds"] as const;
const EMPTY: MetricColumns = Object.freeze({
  ...{ step: [], loss: [], imagesPerSecond: [], learningRate: [], gradientNorm: [], seconds: [] },
});

export class RunData {
  readonly name: string;
  config: RunConfig | undefined = $state.raw();
  metrics: MetricColumns = $state.raw(EMPTY);
  /** Steps with a grid of samples. */
  samples: readonly number[] = $state.raw([]);
  failure = $state("");

  constructor(name: string) {
    this.name = name;
  }

  async load(): Promise<void> {
    try {
      const [detail, metrics] = await Promise.all([fetchRun(this.name), fetchMetrics(this.name, POINTS)]);
      this.config = detail.config;
      this.samples = detail.samples;
      this.metrics = metrics;
      this.failure = "";
    } catch (thrown) {
      if (!(thrown instanceof RefusedError)) throw thrown;
      this.failure = thrown.message;
    }
  }

  take(news: TrainingNews): void {
    switch (news.type) {
      case "rewound":
      case "started":
        void this.load();
        return;
      case "samples":
        if (!this.samples.includes(news.step)) {
          this.samples = [...this.samples, news.step].sort((a, b) => a - b);
        }
        return;
      case "progress":
        // What was read may hold it already.
        if (news.step <= (this.metrics.step.at(-1) ?? 0)) return;
        this.metrics = Object.fromEntries(
          KEYS.map((key) => [key, [...this.metrics[key], news[key]]]),
        ) as unknown as MetricColumns;
        if (this.metrics.step.length > MOST) void this.load();
    }
  }
}

/**
 * The run of a name, read again whenever the name or the connection changes; to be called while a component is set up.
 */
export function followRun(
  connection: () => Connection,
  name: () => string | undefined,
): { readonly current: RunData | undefined } {
  const data = $derived.by(() => {
    const current = name();
    return current === undefined ? undefined : new RunData(current);
  });
  $effect(() => {
    const [followed, { epoch }] = [data, connection()];
    if (followed === undefined || epoch === 0) return;
    void followed.load();
    return connection().onNews((about, news) => {
      if (about === followed.name) followed.take(news);
    });
  });
  return {
    get current() {
      return data;
    },
  };
}
