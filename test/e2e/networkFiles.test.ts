/**
 * `train --model FILE.json` takes what can also be sampled from and resumed, and refuses the rest in the network's own words.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { UNetConfigInput } from "../../src/networks/index.ts";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const PLAIN = {
  ...{ sample_size: 8, block_out_channels: [4, 8], norm_num_groups: 2, layers_per_block: 1 },
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
  add_attention: false,
} satisfies UNetConfigInput;

let number = 0;
/** Trains a step with a network's configuration, for images of a size where that is asked for. */
function train(config: object, ...more: string[]) {
  number += 1;
  const [file, run] = [`net-${number}.json`, `run-${number}`];
  writeFileSync(place.path(file), JSON.stringify(config));
  const words = ["train", ...QUICK, "--model", file, "--steps", "1", "--out", run, ...more];
  return place.run(...words).then((outcome) => ({ ...outcome, run }));
}

describe("what does not fit is refused before anything is made", () => {
  it.each<[change: object, sentence: string, more?: string[]]>([
    [
      { down_block_types: ["SkipDownBlock2D", "DownBlock2D"] },
      'down_block_types.0 is "SkipDownBlock2D": expected "DownBlock2D" or "AttnDownBlock2D"',
    ],
    [
      { resnet_time_scale_shift: "scale_shift" },
      'resnet_time_scale_shift is "scale_shift": expected "default"',
    ],
    [{ class_embed_type: "timestep" }, 'class_embed_type is "timestep": expected null'],
    [{ dropout: 0.1 }, "dropout is 0.1: expected 0"],
    [{ attention_type: "sparse" }, "the key attention_type is not one that deblend supports"],
    [
      { down_block_types: ["DownBlock2D"] },
      "down_block_types lists 1, but block_out_channels 2; give one block for each",
    ],
    [
      { up_block_types: ["UpBlock2D"] },
      "up_block_types lists 1, but block_out_channels 2; give one block for each",
    ],
    [{ norm_num_groups: 3 }, "norm_num_groups is 3, which does not divide the 4"],
    [{ add_attention: true, attention_head_dim: 3 }, "attention_head_dim is 3, which does not divide the 8"],
    [
      { down_block_types: ["AttnDownBlock2D", "DownBlock2D"], attention_head_dim: 8 },
      "attention_head_dim is 8, which does not divide the 4",
    ],
    [{ freq_shift: 2 }, "freq_shift is 2, half of the first of block_out_channels"],
    [{ sample_size: 9 }, "sample_size is 9x9, but 2 levels need both sides to be multiples of 2"],
    [{ sample_size: null }, "sample_size is 9x9, but 2 levels need both sides", ["--size", "9"]],
  ])("%j", async (change, sentence, more = []) => {
    const { code, stderr, stdout, run } = await train({ ...PLAIN, ...change }, ...more);
    expect(stderr).toContain(`error: option '--model': ${sentence}`);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(place.path(run))).toBe(false);
  });
});

describe("what is trained can be sampled from, and trained on", () => {
  it.each<[change: Partial<UNetConfigInput>, more?: string[]]>([
    [{}],
    [{ sample_size: null }, ["--size", "8"]],
    [{ add_attention: true, attention_head_dim: 8 }],
    // Heads of 8 do not divide the first level's 12 channels, where there is no attention.
    [{ block_out_channels: [12, 8], down_block_types: ["DownBlock2D", "AttnDownBlock2D"] }],
    [{ attention_head_dim: null, up_block_types: ["UpBlock2D", "AttnUpBlock2D"] }],
    [{ block_out_channels: [2, 4], freq_shift: 0.5, flip_sin_to_cos: false }],
    [{ block_out_channels: [3, 3], norm_num_groups: 1 }],
    [{ downsample_padding: 0, center_input_sample: true, mid_block_scale_factor: 2, norm_eps: 1e-6 }],
  ])("%j", async (change, more = []) => {
    const { code, stderr, run } = await train({ ...PLAIN, ...change }, ...more);
    expect(stderr).toMatch(/Finished 1 step in /);
    expect(code).toBe(0);
    const sampled = await place.run(
      "sample",
      "--model",
      run,
      "--count",
      "1",
      "--steps",
      "1",
      "--out",
      "s.png",
    );
    expect(sampled.stderr).toMatch(/^1 image of 8x8 in .*: s\.png$/m);
    expect(sampled.code).toBe(0);
    const resumed = await place.run("train", "--out", run, "--resume", "--steps", "2");
    expect(resumed.stderr).toContain("from step 1");
    expect(resumed.code).toBe(0);
  });
});

it("the name of a preset wins over a folder or a file of that name", async () => {
  mkdirSync(place.path("tiny"));
  writeFileSync(place.path("small"), "{}");
  for (const name of ["tiny", "small"]) {
    const { code, stderr } = await place.run("train", ...QUICK, "--model", name, "--size", "9", "--out", "x");
    expect(stderr).toContain(`The preset ${name} at 9x9`);
    expect(code).toBe(1);
  }
});
