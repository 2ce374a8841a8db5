/**
 * `deblend bench` measures, and says in one sentence what it cannot measure.
 */
import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { openWorkplace } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const QUICK = ["--batch", "2", "--threads", "1", "--repeats", "1"];
const MEASURED = ["trainStepMs", "forwardMs", "peakRssMb", "imagesPerSecond", "compileMs", "nodes"];

describe("deblend bench", () => {
  it("gives finite positive numbers as JSON", async () => {
    const { code, stdout, stderr } = await place.run("bench", "--model", "net.json", ...QUICK, "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    for (const key of MEASURED) {
      expect(report[key], key).toBeTypeOf("number");
      expect(Number.isFinite(report[key]), key).toBe(true);
      expect(report[key], key).toBeGreaterThan(0);
    }
    expect(report).toMatchObject({
      batch: 2,
      shape: [3, 8, 8],
      device: expect.stringMatching(/^CPU \(1 thread/),
    });
    expect(report.imagesPerSecond).toBeCloseTo(2000 / Number(report.trainStepMs), 6);
  });

  it("takes another size and tells people the same", async () => {
    const { code, stdout } = await place.run("bench", "--model", "net.json", ...QUICK, "--size", "16x8");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^training step +[\d.e+]+ ms, [\d.e+]+ images\/s$/m);
    expect(stdout).toMatch(/^batch +2x3x16x8$/m);
  });

  it.each([
    ["a configuration that is not there", ["--model", "nowhere.json"], "nowhere.json: there is no such file"],
    ["an unknown network", ["--model", "huge"], "give official, small, tiny or a diffusers config.json"],
    ["a configuration that is no JSON", ["--model", "broken.json"], "broken.json could not be read"],
    ["a network that needs a condition", ["--model", "conditional.json"], "needs a condition"],
    ["a size that the network cannot take", ["--model", "net.json", "--size", "9"], "multiples of 2"],
  ])("refuses %s in one sentence", async (_, words, sentence) => {
    writeFileSync(place.path("broken.json"), "{");
    writeFileSync(
      place.path("conditional.json"),
      JSON.stringify({
        ...{ down_block_types: ["DownBlock2D"], up_block_types: ["UpBlock2D"], block_out_channels: [4] },
        ...{ norm_num_groups: 2, in_channels: 4, add_attention: false },
      }),
    );
    const { code, stdout, stderr } = await place.run("bench", ...words, ...QUICK);
    expect(stderr).toContain(sentence);
    expect(stderr).toMatch(/^deblend: [^\n]*\.\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});
