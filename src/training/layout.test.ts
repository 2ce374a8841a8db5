/**
 * What a network's layout is said to be is what its lowered graph holds.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { expect, it } from "vitest";
import { initialise, parseUNetConfig, unet } from "../networks/index.ts";
import { blocked, generic, lower } from "../onnx/index.ts";
import { prediction } from "./deblender.ts";
import { layoutOf } from "./layout.ts";

const networkOf = (...channels: number[]) =>
  unet(
    parseUNetConfig({
      sample_size: 8,
      block_out_channels: channels,
      layers_per_block: 1,
      norm_num_groups: 4,
      add_attention: false,
      down_block_types: ["DownBlock2D", "DownBlock2D"],
      up_block_types: ["UpBlock2D", "UpBlock2D"],
    }),
  );

it.each([
  [[16, 32], /^blocked by 16$/],
  [[20, 32], /^blocked by 16 for \d+ of \d+ convolutions, plain for the others$/],
  [[4, 20], /^plain$/],
])("channels %s", (channels, expected) => {
  const network = networkOf(...channels);
  const said = layoutOf(blocked(16), network);
  expect(said).toMatch(expected);
  expect(layoutOf(generic, network)).toBe("plain");
  // The graph of a forward pass has one convolution for each set of weights.
  const shapes = { xAlpha: [2, 3, 8, 8], alpha: [1] };
  const { bytes } = lower(
    { y: prediction(network, initialise(network, 0), shapes) },
    { target: blocked(16) },
  );
  const nodes = fromBinary(ModelProtoSchema, bytes).graph?.node ?? [];
  const isOfWeights = (name: string) => /^conv2d\//.test(name) || /^add\//.test(name);
  const plain = nodes.filter(({ opType, domain }) => opType === "Conv" && domain === "").length;
  const own = nodes.filter(
    ({ opType, domain, name, attribute }) =>
      opType === "Conv" &&
      domain !== "" &&
      isOfWeights(name) &&
      attribute.some((one) => one.name === "group" && one.i === 1n),
  ).length;
  const total = network.parameters.filter(({ shape }) => shape.length === 4).length;
  expect(plain + own).toBe(total);
  const told = /for (\d+) of/.exec(said)?.[1];
  expect(own).toBe(told === undefined ? (said === "plain" ? 0 : total) : Number(told));
});
