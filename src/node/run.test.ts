/**
 * A run's folder is made, taken back and read; its metrics survive a kill at any byte.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unet } from "../networks/index.ts";
import { parseRunConfig } from "../training/config.ts";
import type { TrainingEvent } from "../training/events.ts";
import { createRun, discardRun, readRunConfig, recordRun, truncateMetrics } from "./run.ts";

const config = parseRunConfig({ data: "images", model: "tiny", size: 8 });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deblend-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the folder of a run", () => {
  it("is made where nothing is, or an empty folder", async () => {
    await createRun(join(folder, "a/b"), config);
    mkdirSync(join(folder, "empty"));
    await createRun(join(folder, "empty"), config);
    expect(await readRunConfig(join(folder, "a/b"))).toEqual(config);
  });

  it("is not made where something is", async () => {
    await createRun(join(folder, "run"), config);
    await expect(createRun(join(folder, "run"), config)).rejects.toThrow(/exists and is not empty/);
    writeFileSync(join(folder, "file"), "");
    await expect(createRun(join(folder, "file"), config)).rejects.toThrow(/is a file/);
  });

  it("is taken back without what was not its own", async () => {
    await createRun(join(folder, "run"), config);
    await discardRun(join(folder, "run"));
    expect(readdirSync(folder)).toEqual([]);
    await createRun(join(folder, "run"), config);
    writeFileSync(join(folder, "run", "notes.txt"), "");
    await discardRun(join(folder, "run"));
    expect(readdirSync(join(folder, "run"))).toEqual(["notes.txt"]);
  });

  it("says what is wrong with a damaged configuration", async () => {
    await expect(readRunConfig(folder)).rejects.toThrow(/is not the folder of a run/);
    writeFileSync(join(folder, "config.json"), '{"data": ');
    await expect(readRunConfig(folder)).rejects.toThrow(/config.json is damaged/);
    writeFileSync(join(folder, "config.json"), '{"data": "x", "speed": 1}');
    await expect(readRunConfig(folder)).rejects.toThrow(/the key speed is unknown/);
  });
});

describe("metrics.jsonl", () => {
  const line = (step: number) => `{"step":${step},"loss":0.5}\n`;
  const lines = () => readFileSync(join(folder, "metrics.jsonl"), "utf8");

  it.each([
    ["later lines", line(10) + line(20) + line(30)],
    ["a line that was cut short", `${line(10) + line(20)}{"step":3`],
    ["a whole line that is no JSON", `${line(10) + line(20)}oops\n`],
    ["nothing", line(10) + line(20)],
  ])("loses %s after the checkpoint's step", async (_, text) => {
    writeFileSync(join(folder, "metrics.jsonl"), text);
    await truncateMetrics(folder, 20);
    expect(lines()).toBe(line(10) + line(20));
  });

  it("keeps every whole line up to the step, wherever a kill or damage cut the file", async () => {
    const whole = [10, 20, 30].map(line).join("");
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), fc.uint8Array({ maxLength: 9 }), async (at, rest) => {
        writeFileSync(join(folder, "metrics.jsonl"), Buffer.concat([Buffer.from(whole.slice(0, at)), rest]));
        await truncateMetrics(folder, 20);
        const kept = [10, 20].filter((_, i) => at >= (i + 1) * line(10).length);
        expect(lines()).toBe(kept.map(line).join(""));
      }),
    );
  });

  it("may be missing", async () => {
    await truncateMetrics(folder, 20);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("gets a line for each progress event, and grids become files", async () => {
    await createRun(join(folder, "run"), config);
    const metrics = { loss: 0.5, imagesPerSecond: 10, learningRate: 1e-3, gradientNorm: 1, seconds: 2 };
    async function* events(): AsyncGenerator<TrainingEvent> {
      yield { type: "step", step: 1, steps: 2, loss: 0.5 };
      yield { type: "progress", step: 1, steps: 2, ...metrics };
      yield {
        type: "samples",
        step: 1,
        batch: { data: new Float32Array(2 * 3 * 8 * 8), shape: [2, 3, 8, 8] },
      };
    }
    const told: unknown[] = [];
    const options = { folder: join(folder, "run"), config, network: unet(config.model) };
    for await (const event of recordRun(events(), options)) told.push(event);
    const file = join(folder, "run", "samples", "step-00000001.png");
    expect(told[2]).toEqual({ type: "samples", step: 1, file });
    expect(readFileSync(file).subarray(1, 4).toString()).toBe("PNG");
    const written = readFileSync(join(folder, "run", "metrics.jsonl"), "utf8");
    expect(JSON.parse(written)).toEqual({ step: 1, ...metrics });
  });
});
