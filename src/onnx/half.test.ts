/**
 * Half precision: a network in float16 predicts nearly what it does in float32, with half the weights' bytes, and what would
 * overflow in 16 bits does not.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { countParameters, initialise, parseUNetConfig, unet } from "../networks/index.ts";
import { fillNormal } from "../random/index.ts";
import { openDevice } from "../runtime/node.ts";
import { channelDot, constant, input, matmul, mul, scalar, type Tensor } from "../tensor/index.ts";
import { prediction } from "../training/deblender.ts";
import { generic, lower } from "./index.ts";

const device = await openDevice("cpu", { threads: 1 });

async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, Float32Array>,
  precision: "f32" | "f16",
) {
  const { bytes, inputs } = lower(outputs, { target: generic, precision });
  const program = await device.load(bytes);
  const results = await program.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => [
        name,
        device.tensor(data.slice(), inputs.get(name) ?? []),
      ]),
    ),
  );
  const [result] = Object.values(results);
  const values = (await result?.read()) ?? new Float32Array();
  await program.dispose();
  return { values, bytes };
}

describe("a network", () => {
  const network = unet(
    parseUNetConfig({
      sample_size: 8,
      block_out_channels: [16, 32],
      layers_per_block: 1,
      norm_num_groups: 4,
      attention_head_dim: 8,
      down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
      up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
    }),
  );
  const outputs = {
    prediction: prediction(network, initialise(network, 1), { xAlpha: [2, 3, 8, 8], alpha: [2] }),
  };
  const x = new Float32Array(2 * 3 * 8 * 8);
  fillNormal(x, { seed: 4, purpose: "network-probe" });
  const feeds = { x_alpha: x, alpha: Float32Array.of(0.1, 0.8) };

  it("predicts the same to about three digits", async () => {
    const [full, half] = [await run(outputs, feeds, "f32"), await run(outputs, feeds, "f16")];
    const peak = full.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = half.values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (full.values[i] ?? 0))),
      0,
    );
    expect(half.values).toHaveLength(full.values.length);
    expect(worst / peak).toBeLessThan(5e-3);
    // Were anything left in float32, nothing would be rounded.
    expect(worst / peak).toBeGreaterThan(1e-5);
  });

  it("holds its weights in float16, its inputs and outputs in float32", () => {
    const { graph } = fromBinary(
      ModelProtoSchema,
      lower(outputs, { target: generic, precision: "f16" }).bytes,
    );
    const sizes = new Map<number, number>();
    for (const { dataType, rawData } of graph?.initializer ?? [])
      sizes.set(dataType, (sizes.get(dataType) ?? 0) + (rawData?.length ?? 0));
    const whole = countParameters(network);
    expect(sizes.get(TensorProto_DataType.FLOAT16)).toBeGreaterThan(0.95 * 2 * whole);
    expect(sizes.get(TensorProto_DataType.FLOAT)).toBeLessThan(0.05 * 4 * whole);
    const types = [...(graph?.input ?? []), ...(graph?.output ?? [])].map(({ type }) =>
      type?.value.case === "tensorType" ? type.value.value.elemType : undefined,
    );
    expect(new Set(types)).toEqual(new Set([TensorProto_DataType.FLOAT]));
  });
});

it("sums in float32 what float16 could not hold", async () => {
  const x = input("x", [1, 2, 16, 16]);
  // 256 pixels of 100 squared are 2,560,000, and float16 ends at 65,504.
  const one = matmul(
    x,
    constant(
      Float32Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0)),
      [16, 16],
    ),
  );
  const { values } = await run(
    { mean: mul(channelDot(one, one), scalar(1 / 256)) },
    { x: new Float32Array(512).fill(100) },
    "f16",
  );
  expect([...values]).toEqual([10_000, 10_000]);
});

it("refuses a weight beyond its range in a sentence", () => {
  const y = matmul(input("x", [1, 1]), constant(Float32Array.of(1e6), [1, 1]));
  expect(() => lower({ y }, { target: generic, precision: "f16" })).toThrow(
    /beyond the range of half precision/,
  );
});
