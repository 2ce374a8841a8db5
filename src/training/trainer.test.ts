/**
 * The trainer's events: their order, going on bit for bit, stopping, and a training that diverges.
 */
import { describe, expect, it } from "vitest";
import { batchMaker, emptyBatch, pixelDataset, readFromMemory } from "../data/index.ts";
import { unet } from "../networks/index.ts";
import { fillUniform } from "../random/index.ts";
import { openDevice } from "../runtime/node.ts";
import { eventShape, parseRunConfig, type RunConfig, type RunConfigInput } from "./config.ts";
import type { TrainingEvent } from "./events.ts";
import { type BatchSource, type TrainOptions, train } from "./trainer.ts";

const model = {
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
  block_out_channels: [4, 8],
  layers_per_block: 1,
  norm_num_groups: 2,
  add_attention: false,
} satisfies RunConfigInput["model"];

const configured = (options: Partial<RunConfigInput> = {}) =>
  parseRunConfig({
    ...{ data: "none", size: 8, model, steps: 6, batch: 2, warmup: 2, logEvery: 2 },
    ...{ sampleEvery: 0, sampleCount: 2, sampleSteps: 2, checkpointEvery: 3, threads: 1 },
    ...options,
  });

const device = openDevice("cpu", { threads: 1 });

function batchesOf(config: RunConfig): BatchSource {
  const shape = eventShape(config);
  const size = shape[0] * shape[1] * shape[2];
  const noise = new Float32Array(10 * size);
  fillUniform(noise, { seed: 1, purpose: "demo" });
  const readBytes = readFromMemory(
    Uint8Array.from(noise, (value) => 256 * value),
    size,
  );
  const fill = batchMaker(pixelDataset({ length: 10, shape, readBytes }), config);
  return {
    next: async (k) => {
      const batch = emptyBatch(shape, config.batch);
      fill(k, batch);
      return batch;
    },
  };
}

async function events(config: RunConfig, options: Partial<TrainOptions> = {}): Promise<TrainingEvent[]> {
  const all: TrainingEvent[] = [];
  const run = train({
    ...{ device: await device, network: unet(config.model), config, batches: batchesOf(config) },
    ...options,
  });
  for await (const event of run) all.push(event);
  return all;
}

const ofType = <T extends TrainingEvent["type"]>(all: readonly TrainingEvent[], type: T) =>
  all.filter((event): event is Extract<TrainingEvent, { type: T }> => event.type === type);

describe("the trainer", () => {
  it("tells what it does, in order", async () => {
    const all = await events(configured({ sampleEvery: 4 }));
    expect(all.map(({ type, step }) => `${type} ${step}`)).toEqual([
      ...["started 0", "step 1", "step 2", "progress 2", "step 3", "progress 3", "checkpoint 3"],
      ...["step 4", "progress 4", "samples 4", "step 5"],
      ...["step 6", "progress 6", "checkpoint 6", "samples 6", "finished 6"],
    ]);
    const [first] = ofType(all, "progress");
    const losses = ofType(all, "step").map(({ loss }) => loss);
    expect(first?.loss).toBeCloseTo(((losses[0] ?? 0) + (losses[1] ?? 0)) / 2);
    expect(ofType(all, "samples")[0]?.batch.shape).toEqual([2, 3, 8, 8]);
  });

  it("goes on from a checkpoint bit for bit", async () => {
    const config = configured({ accumulate: 2 });
    const whole = ofType(await events(config), "checkpoint");
    const [half, end] = whole;
    if (half === undefined || end === undefined) throw new Error("There should be two checkpoints.");
    const rest = await events(config, { from: half });
    expect(ofType(rest, "step").map(({ step }) => step)).toEqual([4, 5, 6]);
    expect(ofType(rest, "checkpoint")[0]?.state).toEqual(end.state);
  });

  it("stops after the step at hand, with a checkpoint", async () => {
    const stop = new AbortController();
    const config = configured();
    const seen: string[] = [];
    const run = train({
      ...{ device: await device, network: unet(config.model), config, batches: batchesOf(config) },
      signal: stop.signal,
    });
    for await (const { type, step } of run) {
      seen.push(`${type} ${step}`);
      if (type === "step" && step === 1) stop.abort();
    }
    expect(seen).toEqual(["started 0", "step 1", "progress 1", "checkpoint 1", "stopped 1"]);
  });

  it.each([
    ["step", ["step 1", "progress 1", "checkpoint 1"]],
    ["progress", ["step 1", "step 2", "progress 2", "checkpoint 2"]],
    ["samples", ["step 1", "step 2", "progress 2", "samples 2", "checkpoint 2"]],
    ["checkpoint", ["step 1", "step 2", "progress 2", "samples 2", "step 3", "progress 3", "checkpoint 3"]],
  ] as const)("is saved once when it is stopped at any event: %s", async (at, expected) => {
    const stop = new AbortController();
    const config = configured(at === "samples" || at === "checkpoint" ? { sampleEvery: 2 } : {});
    const seen: string[] = [];
    const run = train({
      ...{ device: await device, network: unet(config.model), config, batches: batchesOf(config) },
      signal: stop.signal,
    });
    for await (const { type, step } of run) {
      seen.push(`${type} ${step}`);
      if (type === at) stop.abort();
    }
    const last = expected.at(-1)?.split(" ")[1];
    expect(seen).toEqual(["started 0", ...expected, `stopped ${last}`]);
  });

  it("stops with a sentence where the loss is no longer a number", async () => {
    await expect(
      events(configured({ learningRate: 1e30, warmup: 0, clip: 0, schedule: "constant" })),
    ).rejects.toThrow(/^Training stopped at step \d because the .* became .*: lower the learning rate/);
  });

  // At 1e30 and 1e38 the weights after the first update are finite, at 1e39 they are not; the loss before it is.
  it.each([1e30, 1e38, 1e39])(
    "does not give ruined weights for a checkpoint: learning rate %d",
    async (learningRate) => {
      const [good] = ofType(await events(configured({ steps: 1 })), "checkpoint");
      if (good === undefined) throw new Error("There should be a checkpoint.");
      const config = configured({
        learningRate,
        warmup: 0,
        clip: 0,
        schedule: "constant",
        checkpointEvery: 1,
      });
      for (const from of [undefined, good]) {
        const seen: string[] = [];
        const run = train({
          ...{ device: await device, network: unet(config.model), config, batches: batchesOf(config) },
          ...(from && { from }),
        });
        const all = (async () => {
          for await (const { type } of run) seen.push(type);
        })();
        await expect(all).rejects.toThrow(
          /^Training stopped at step \d because a weight became \S+ \(\S+\): lower the learning rate \(1e\+3\d\) or clip/,
        );
        expect(seen).not.toContain("checkpoint");
      }
    },
  );
});
