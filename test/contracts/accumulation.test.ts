/**
 * Gradient accumulation: four batches of 4 make the same update as one batch of 16, on every target of this machine.
 */
import { describe, expect, it } from "vitest";
import type { TrainingBatch } from "../../src/data/index.ts";
import { initialise, mlp, type Network, parseUNetConfig, unet } from "../../src/networks/index.ts";
import { generic, type Target } from "../../src/onnx/index.ts";
import { adamw } from "../../src/optimisers/index.ts";
import { fillNormal, fillUniform } from "../../src/random/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { createTrainingStep, freshState } from "../../src/training/step.ts";

const device = await openDevice("cpu", { threads: 1 });

const WHOLE = 16;
const PARTS = 4;
const STEPS = 2;

interface Case {
  readonly network: Network;
  readonly event: readonly number[];
}

const CASES: Readonly<Record<string, Case>> = {
  "a perceptron": { network: mlp({ dimension: 2, hidden: [16, 16], activation: "relu" }), event: [2] },
  // 16 channels fill a block of either width; attention, strided convolutions and skips are all there.
  "a U-Net": {
    network: unet(
      parseUNetConfig({
        sample_size: 8,
        block_out_channels: [16, 32],
        layers_per_block: 1,
        norm_num_groups: 4,
        attention_head_dim: 8,
        down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
        up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
      }),
    ),
    event: [3, 8, 8],
  },
};

function drawBatch(event: readonly number[], step: number): TrainingBatch {
  const size = event.reduce((a, b) => a * b, WHOLE);
  const [x0, x1, alpha] = [new Float32Array(size), new Float32Array(size), new Float32Array(WHOLE)];
  fillNormal(x0, { seed: 9, purpose: "network-probe", step, index: 0 });
  fillNormal(x1, { seed: 9, purpose: "network-probe", step, index: 1 });
  fillUniform(alpha, { seed: 9, purpose: "network-probe", step, index: 2 });
  return { x0, x1, alpha };
}

/** The batch in equal parts, one after the other. */
function inParts(batch: TrainingBatch, parts: number): TrainingBatch[] {
  const part = (values: Float32Array, i: number) =>
    values.slice((i * values.length) / parts, ((i + 1) * values.length) / parts);
  return Array.from({ length: parts }, (_, i) => ({
    x0: part(batch.x0, i),
    x1: part(batch.x1, i),
    alpha: part(batch.alpha, i),
  }));
}

async function trained({ network, event }: Case, target: Target, accumulate: number) {
  const step = await createTrainingStep(device, network, {
    batch: WHOLE / accumulate,
    event,
    // Above the rounding of a gradient that is zero in theory, such as that of an attention's key bias.
    optimiser: adamw({ epsilon: 1e-3 }),
    clip: 1,
    reduction: "mean",
    accumulate,
    initial: freshState(network, 2),
    target,
  });
  const told: number[] = [];
  for (let k = 1; k <= STEPS; k++) {
    const batches = inParts(drawBatch(event, k), accumulate);
    const { loss, gradientNorm } = await step.run(batches, { learningRate: 1e-2, emaDecay: 0.5, step: k });
    told.push(loss, gradientNorm);
  }
  const state = await step.readState();
  await step.dispose();
  return { state, told };
}

describe.each([...new Set([generic, device.target])])("target $name", (target) => {
  it.each(Object.entries(CASES))("%s learns the same from 4 x 4 as from 16", async (_, which) => {
    const whole = await trained(which, target, 1);
    const parts = await trained(which, target, PARTS);
    whole.told.forEach((value, i) => {
      expect(Math.abs((parts.told[i] ?? Number.NaN) / value - 1)).toBeLessThan(1e-5);
    });
    const start = initialise(which.network, 2);
    let moved = 0;
    for (const kind of ["weights", "ema"] as const) {
      for (const [name, wanted] of whole.state[kind]) {
        const found = parts.state[kind].get(name) ?? new Float32Array();
        expect(found.length).toBe(wanted.length);
        const peak = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
        let worst = 0;
        wanted.forEach((value, i) => {
          worst = Math.max(worst, Math.abs((found[i] ?? Number.NaN) - value));
          moved = Math.max(moved, Math.abs(value - (start.get(name)?.[i] ?? 0)));
        });
        expect(worst / peak, `${kind} ${name}`).toBeLessThan(1e-5);
      }
    }
    expect(moved).toBeGreaterThan(1e-3);
  });
});
