/**
 * One network, two layouts: the CPU's blocked target and the plain one give the same loss and the same gradients to 1e-5.
 *
 * The contract of single operations is `lowering.test.ts`; here the layouts meet each other in whole networks, with channels
 * that fill blocks and channels that do not.
 */
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/batch.ts";
import { freshWeights, parseUNetConfig, type UNetConfigInput, unet } from "../../src/networks/index.ts";
import { generic, lower, type Target } from "../../src/onnx/index.ts";
import { fillNormal, fillUniform } from "../../src/random/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { gradients, input, reshape, type Tensor } from "../../src/tensor/index.ts";
import { deblendingLoss } from "../../src/training/objective.ts";

const device = await openDevice("cpu", { threads: 1 });

interface Case {
  readonly config: UNetConfigInput;
  readonly size: readonly [number, number];
  readonly conditionChannels?: number;
}

const twoLevels: Omit<UNetConfigInput, "block_out_channels"> = {
  layers_per_block: 1,
  norm_num_groups: 4,
  attention_head_dim: 4,
  down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
  up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
};

const cases: Readonly<Record<string, Case>> = {
  "whole blocks, attention": { config: { ...twoLevels, block_out_channels: [32, 64] }, size: [16, 16] },
  "channels that fill no block": { config: { ...twoLevels, block_out_channels: [20, 40] }, size: [8, 12] },
  "some channels of each kind": { config: { ...twoLevels, block_out_channels: [24, 32] }, size: [12, 8] },
  "a condition, rows of 28 pixels": {
    config: { ...twoLevels, block_out_channels: [16, 32], in_channels: 5, out_channels: 2 },
    size: [28, 28],
    conditionChannels: 3,
  },
  "class labels": {
    config: { ...twoLevels, block_out_channels: [16, 48], num_class_embeds: 4 },
    size: [8, 8],
  },
};

const BATCH = 2;
const INPUTS = ["x0", "x1", "alpha", "condition", "label"];

describe.skipIf(device.target === generic)("the blocked target", () => {
  it.each(Object.entries(cases))("agrees with the plain one: %s", async (_, { config, size, ...rest }) => {
    const { conditionChannels = 0 } = rest;
    const network = unet(parseUNetConfig({ sample_size: [...size], ...config }));
    const fresh = freshWeights(network, 3);
    const flat = network.parameters.map(({ name, shape }) => input(name, [sizeOf(shape)]));
    const parameters = new Map(
      network.parameters.map(({ name, shape }, i) => [name, reshape(flat[i] as Tensor, shape)]),
    );
    const image = [BATCH, network.config.out_channels, ...size];
    const loss = deblendingLoss(
      network,
      parameters,
      {
        x0: input("x0", image),
        x1: input("x1", image),
        alpha: input("alpha", [BATCH]),
        condition:
          conditionChannels > 0 ? input("condition", [BATCH, conditionChannels, ...size]) : undefined,
        label: network.config.num_class_embeds === null ? undefined : input("label", [BATCH]),
      },
      "mean",
    );
    const slopes = gradients(loss, flat);
    const outputs = Object.fromEntries(
      network.parameters.map(({ name }, i) => [`d ${name}`, slopes[i] as Tensor]),
    );

    const compute = async (target: Target) => {
      const { bytes, inputs } = lower({ loss, ...outputs }, { target });
      const program = await device.load(bytes, { optimise: !target.isFinal });
      const feeds = [...inputs].map(([name, shape]) => {
        const data = INPUTS.includes(name) ? drawn(name, shape) : fresh(name);
        return [name, device.tensor(data, shape)] as const;
      });
      const results = await program.run(Object.fromEntries(feeds));
      const read = new Map<string, Float32Array>();
      for (const [name, result] of Object.entries(results)) read.set(name, await result.read());
      await program.dispose();
      return read;
    };
    const [plain, blocked] = [await compute(generic), await compute(device.target)];
    // Of a weight whose gradient is zero but for rounding, only the layer's scale says how small is small.
    const largest = Math.max(...[...plain.values()].map(peak));
    const errors = [...plain].map(([name, expected]) => {
      const found = blocked.get(name);
      const differences = expected.map((value, i) => value - (found?.[i] ?? Number.NaN));
      return [name, peak(differences) / Math.max(peak(expected), 1e-3 * largest)] as const;
    });
    expect(errors.filter(([, error]) => !(error < 1e-5))).toEqual([]);
    expect(errors.length).toBe(network.parameters.length + 1);
  });
});

const peak = (values: Float32Array) =>
  values.reduce((most, value) => (Number.isNaN(value) ? Number.NaN : Math.max(most, Math.abs(value))), 0);

/** Numbers for an input, by its name. */
function drawn(name: string, shape: readonly number[]): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  const key = { seed: 5, purpose: "network-probe", index: INPUTS.indexOf(name) } as const;
  if (name === "label") return data.map((_, i) => i % 3);
  if (name === "alpha") fillUniform(data, key);
  else fillNormal(data, key);
  return data;
}
