/**
 * A training that diverges ends in a sentence, and the last good checkpoint stays, even where only one is kept.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const EACH = ["--warmup", "0", "--clip", "0", "--checkpoint-every", "1", "--keep-checkpoints", "1"];
const SENTENCE = /^deblend: Training stopped at step \d+ because a weight became \S+ \(\S+\): lower/m;

it("a run that diverges at once leaves no checkpoint", async () => {
  const words = [...QUICK, ...EACH, "--learning-rate", "1e38", "--steps", "9", "--out", "wild"];
  const { code, stderr } = await place.run("train", ...words);
  expect(stderr).toMatch(SENTENCE);
  expect(code).toBe(1);
  expect(readdirSync(place.path("wild"))).not.toContain("checkpoints");
});

it("a run that diverges later keeps the last good one, and draws from it", async () => {
  const run = await place.run("train", ...QUICK, ...EACH, "--steps", "2", "--out", "run");
  expect(run.code, run.stderr).toBe(0);
  const file = "run/checkpoints/step-00000002/optimiser.safetensors";
  const before = place.sha256(file);
  // The learning rate of a run cannot be changed by an option; this stands for one that diverges by itself.
  const config = JSON.parse(readFileSync(place.path("run/config.json"), "utf8")) as object;
  const wild = { ...config, learningRate: 1e38, schedule: "constant" };
  writeFileSync(place.path("run/config.json"), JSON.stringify(wild));
  const { code, stderr } = await place.run("train", "--out", "run", "--resume", "--steps", "9");
  expect(stderr).toMatch(SENTENCE);
  expect(code).toBe(1);
  expect(readdirSync(place.path("run/checkpoints"))).toEqual(["step-00000002"]);
  expect(place.sha256(file)).toBe(before);
  const drawn = await place.run("sample", "--model", "run", "--count", "1", "--steps", "1", "--out", "s.png");
  expect(drawn.code, drawn.stderr).toBe(0);
});
