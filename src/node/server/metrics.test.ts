/**
 * metrics.jsonl: read as columns, thinned, followed while it grows and where it is cut off.
 */
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseMetrics, toColumns } from "./metrics.ts";
import { openMetricsTail } from "./metricsTail.ts";

const line = (step: number) => ({
  ...{ step, loss: 1 / step, imagesPerSecond: step, learningRate: step / 1000 },
  ...{ gradientNorm: 1, seconds: step / 10 },
});
const text = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${JSON.stringify(line(from + i))}\n`).join("");

describe("columns", () => {
  it("hold every whole line", () => {
    const broken = `${text(1, 3)}\n{"step":4}\nnot JSON\nnull\n${text(5, 5)}${text(6, 6).slice(0, 20)}`;
    expect(toColumns(parseMetrics(broken)).step).toEqual([1, 2, 3, 5]);
  });

  it("are thinned to means that end at their last step", () => {
    const columns = toColumns(parseMetrics(text(1, 10)), 3);
    expect(columns.step).toEqual([3, 6, 10]);
    expect(columns.imagesPerSecond).toEqual([2, 5, 8.5]);
    expect(columns.learningRate).toEqual([0.003, 0.006, 0.01]);
    expect(columns.loss[0]).toBeCloseTo((1 + 1 / 2 + 1 / 3) / 3, 12);
  });

  it("are not thinned where there are fewer lines", () => {
    expect(toColumns(parseMetrics(text(1, 2)), 100).step).toEqual([1, 2]);
    expect(toColumns([], 100).step).toEqual([]);
  });
});

describe("following", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "deblend-metrics-"));
    path = join(folder, "metrics.jsonl");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const stepsOf = async (tail: Awaited<ReturnType<typeof openMetricsTail>>) => {
    const { lines, rewound } = await tail.look();
    return { steps: lines.map(({ step }) => step), rewound };
  };

  it("begins at the end, of a file that need not be there yet", async () => {
    const early = await openMetricsTail(path);
    expect(early.last).toBeUndefined();
    expect(await stepsOf(early)).toEqual({ steps: [], rewound: false });
    writeFileSync(path, text(1, 100));
    const late = await openMetricsTail(path);
    expect(late.last).toEqual(line(100));
    expect(await stepsOf(late)).toEqual({ steps: [], rewound: false });
    expect((await stepsOf(early)).steps).toHaveLength(100);
  });

  it("tells a line when it is whole, and once", async () => {
    writeFileSync(path, text(1, 1));
    const tail = await openMetricsTail(path);
    appendFileSync(path, `${text(2, 2)}${text(3, 3).slice(0, 30)}`);
    expect(await stepsOf(tail)).toEqual({ steps: [2], rewound: false });
    appendFileSync(path, text(3, 3).slice(30));
    expect(await stepsOf(tail)).toEqual({ steps: [3], rewound: false });
    expect(await stepsOf(tail)).toEqual({ steps: [], rewound: false });
  });

  it("notices a run that went back, even if the file has grown beyond what it was", async () => {
    writeFileSync(path, text(1, 9));
    const tail = await openMetricsTail(path);
    truncateSync(path, text(1, 4).length);
    expect(await stepsOf(tail)).toEqual({ steps: [], rewound: true });
    expect(tail.last).toEqual(line(4));
    truncateSync(path, text(1, 2).length);
    appendFileSync(path, text(50, 70));
    expect(await stepsOf(tail)).toEqual({ steps: [], rewound: true });
    expect(tail.last).toEqual(line(70));
    appendFileSync(path, text(71, 71));
    expect(await stepsOf(tail)).toEqual({ steps: [71], rewound: false });
  });
});
