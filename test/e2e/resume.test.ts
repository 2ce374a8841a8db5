/**
 * A run that is stopped, in good order or not, and goes on is the run that was never stopped.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace, QUICK, whenSaid } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const FILES = [
  "diffusion_pytorch_model.safetensors",
  "ema/diffusion_pytorch_model.safetensors",
  "optimiser.safetensors",
];
const hashes = (run: string, step: number) =>
  FILES.map((file) => place.sha256(run, "checkpoints", `step-${String(step).padStart(8, "0")}`, file));

/** metrics.jsonl without what depends on the clock. */
const metrics = (run: string) =>
  readFileSync(place.path(run, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { step, loss, learningRate, gradientNorm } = JSON.parse(line) as Record<string, number>;
      return { step, loss, learningRate, gradientNorm };
    });

const train = (out: string, ...words: string[]) => [
  "train",
  ...QUICK,
  "--steps",
  "40",
  "--out",
  out,
  ...words,
];

describe("a run of 40 steps", () => {
  beforeAll(async () => {
    const { code, stderr } = await place.run(...train("whole"));
    expect(stderr).toContain("Finished 40 steps");
    expect(code).toBe(0);
  });

  it("is the same, weights and averages and moments, when killed at a random moment and resumed", async () => {
    const running = place.start(...train("killed", "--json"));
    await whenSaid(running, "stdout", /"type":"checkpoint","step":20/);
    // Any moment of the steps that follow; the run may even be over by then.
    const moment = process.hrtime()[1] % 300;
    await new Promise((resolve) => setTimeout(resolve, moment));
    running.child.kill("SIGKILL");
    const { code, signal } = await running.ended;
    expect(code === 0 || signal === "SIGKILL").toBe(true);

    const resumed = await place.run("train", "--out", "killed", "--resume");
    expect(resumed.code, `${resumed.stderr} (killed after ${moment} ms)`).toBe(0);
    expect(hashes("killed", 40)).toEqual(hashes("whole", 40));
    expect(metrics("killed")).toEqual(metrics("whole"));
  });

  it("is the same when stopped by Ctrl-C, which saves and says how to go on", async () => {
    const running = place.start(...train("stopped"));
    await whenSaid(running, "stderr", /training \d/);
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(stderr).toMatch(
      /Stopped at step \d+ of 40, saved\. To go on: deblend train --out stopped --resume/,
    );
    expect(code).toBe(130);
    expect((await place.run("train", "--out", "stopped", "--resume")).code).toBe(0);
    expect(hashes("stopped", 40)).toEqual(hashes("whole", 40));
  });

  it("ends at once at the second Ctrl-C", async () => {
    const running = place.start(...train("ended", "--steps", "100000"));
    await whenSaid(running, "stderr", /training \d/);
    running.child.kill("SIGINT");
    running.child.kill("SIGINT");
    const { code, signal } = await running.ended;
    expect(signal === "SIGINT" || code === 130).toBe(true);
  });

  it("keeps no more checkpoints than asked for", () => {
    expect(readdirSync(place.path("whole", "checkpoints")).sort()).toEqual([
      ...["step-00000030", "step-00000035", "step-00000040"],
    ]);
  });

  it("can be resumed when it is over, and says so", async () => {
    const { code, stderr } = await place.run("train", "--out", "whole", "--resume");
    expect(code).toBe(0);
    expect(stderr).toContain("Finished 40 steps");
  });

  it("refuses to go on as another run", async () => {
    const { code, stderr } = await place.run("train", "--out", "whole", "--resume", "--batch", "3");
    expect(code).toBe(2);
    expect(stderr).toContain("option '--batch': the run has 2, not 3");
  });
});

it("stops with a sentence when the loss is no longer a number, and keeps the last checkpoint", async () => {
  const options = ["--learning-rate", "1e12", "--warmup", "10000", "--clip", "0", "--checkpoint-every", "1"];
  const { code, stderr } = await place.run(...train("diverged", ...options));
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /deblend: Training stopped at step \d+ because .* became .*: lower the learning rate/,
  );
  expect(stderr).not.toContain("    at ");
  expect(readdirSync(place.path("diverged", "checkpoints")).length).toBeGreaterThan(0);
});

/** A file system of 400 kB, where this machine lets us have one. */
function mountSmallDisk(): (() => void) | undefined {
  const folder = place.path("small");
  mkdirSync(folder);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", folder]);
  return status === 0 ? () => spawnSync("umount", [folder]) : undefined;
}

it("stops with a sentence when the disk is full, and keeps the last checkpoint", async (context) => {
  const unmount = mountSmallDisk();
  if (unmount === undefined) return context.skip("no small file system can be mounted here");
  try {
    const { code, stderr } = await place.run(...train("small/run", "--keep-checkpoints", "100"));
    expect(stderr).toMatch(/deblend: .*the disk is full.*\.\n$/);
    expect(code).toBe(1);
    const { code: sampled } = await place.run(
      ...["sample", "--model", "small/run", "--count", "1", "--steps", "2", "--out", "one.png"],
    );
    expect(sampled).toBe(0);
  } finally {
    unmount();
  }
});
