/**
 * Ctrl-C and SIGTERM at every stage: nothing half-written stays, the exit code says it, and a person reads how to go on.
 */
import { existsSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace, QUICK, type Running, whenSaid } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

/** Names of everything below a folder. */
const below = (folder: string) =>
  existsSync(place.path(folder)) ? readdirSync(place.path(folder), { recursive: true }).map(String) : [];
const unfinished = (folder: string) => below(folder).filter((name) => name.endsWith(".tmp"));

/** Ends what was started, whatever became of the test. */
const started: Running[] = [];
const start = (...words: string[]): Running => {
  const running = place.start(...words);
  started.push(running);
  return running;
};
afterAll(() => {
  for (const { child } of started) if (child.exitCode === null) child.kill("SIGKILL");
});

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const signals = ["SIGINT", "SIGTERM"] as const;
const train = (out: string, ...words: string[]) => [
  "train",
  ...QUICK,
  "--steps",
  "100000",
  "--out",
  out,
  ...words,
];

beforeAll(async () => {
  const { code, stderr } = await place.run(...train("model", "--steps", "2"));
  expect(code, stderr).toBe(0);
  // One large picture under many names: decoding them all takes many seconds.
  mkdirSync(place.path("pictures"));
  const noise = sharp({
    create: {
      width: 2400,
      height: 2400,
      channels: 3,
      background: "#000",
      noise: { type: "gaussian", mean: 128, sigma: 60 },
    },
  });
  await noise.jpeg({ quality: 90 }).toFile(place.path("pictures", "0.jpg"));
  for (let i = 1; i < 600; i++) linkSync(place.path("pictures", "0.jpg"), place.path("pictures", `${i}.jpg`));
});

describe.each(signals)("%s", (signal) => {
  it("while images are decoded keeps neither a cache nor a run, and says so", async () => {
    const running = start(...train(`decoding-${signal}`, "--data", "pictures"));
    await whenSaid(running, "stderr", /decoding images \d/);
    const before = below("cache").length;
    running.child.kill(signal);
    const { code, stderr } = await running.ended;
    expect(stderr).toMatch(/Stopped while the images were being decoded; nothing was kept\.\n$/);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(CODES[signal]);
    expect(existsSync(place.path(`decoding-${signal}`))).toBe(false);
    expect(unfinished("cache")).toEqual([]);
    // The unfinished file was counted, if it was there at all.
    expect(below("cache").length).toBeLessThanOrEqual(before);
  });

  it("while training saves, and says how to go on", async () => {
    const out = `training-${signal}`;
    const running = start(...train(out));
    await whenSaid(running, "stderr", /training \d/);
    running.child.kill(signal);
    const { code, stderr } = await running.ended;
    const [, step] = /Stopped at step (\d+) of 100000, saved\./.exec(stderr) ?? [];
    expect(stderr).toContain(`To go on: deblend train --out ${out} --resume\n`);
    expect(code).toBe(CODES[signal]);
    expect(unfinished(out)).toEqual([]);
    expect(below(out)).toContain(`checkpoints/step-${String(step).padStart(8, "0")}/state.json`);
  });

  it("while sampling writes nothing, and says so", async () => {
    const running = start(
      ...["sample", "--model", "model", "--count", "4", "--steps", "1000000", "--threads", "1"],
      ...["--out", `${signal}.png`, "--each", `each-${signal}`, "--trajectory", `way-${signal}.png`],
    );
    await whenSaid(running, "stderr", /sampling \d/);
    running.child.kill(signal);
    const { code, stderr } = await running.ended;
    expect(stderr).toContain("Stopping; nothing is written.");
    expect(stderr).toMatch(/deblend: Stopped after \d+ of 1000000 steps\.\n$/);
    expect(code).toBe(CODES[signal]);
    for (const name of [`${signal}.png`, `each-${signal}`, `way-${signal}.png`])
      expect(existsSync(place.path(name))).toBe(false);
    expect(unfinished(".")).toEqual([]);
  });
});

it("a second Ctrl-C ends training at once; the checkpoints saved before are whole", async () => {
  const out = "twice";
  const running = start(...train(out, "--json"));
  await whenSaid(running, "stdout", /"type":"checkpoint"/);
  running.child.kill("SIGINT");
  running.child.kill("SIGINT");
  const ended = await running.ended;
  expect(ended.signal === "SIGINT" || ended.code === 130).toBe(true);
  const resumed = await place.run("train", "--out", out, "--resume", "--steps", "30");
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(unfinished(out)).toEqual([]);
});

it("Ctrl-C before the first step of the demo leaves no run behind", async () => {
  const running = start("demo", "--out", "demo", "--size", "8", "--minutes", "5");
  await whenSaid(running, "stderr", /Measuring/);
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(stderr).toContain("Stopped");
  expect(stderr).not.toContain("    at ");
  expect(code).toBe(130);
  expect(below("demo")).toEqual([]);
});
