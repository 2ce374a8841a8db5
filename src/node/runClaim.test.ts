/**
 * Claims on runs: held by one process at a time, and by none that is gone.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claimantOf, claimRun } from "./runClaim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deblend-claim-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const leave = (claimant: object) => writeFileSync(join(folder, ".training.json"), JSON.stringify(claimant));

it("is held until it is given back", async () => {
  expect(await claimantOf(folder)).toBeUndefined();
  const claim = await claimRun(folder);
  expect(await claimantOf(folder)).toEqual({ pid: process.pid, host: hostname() });
  await expect(claimRun(folder)).rejects.toThrow(
    /is being trained by process \d+ of .*: stop it there first\./,
  );
  await claim.release();
  expect(await claimantOf(folder)).toBeUndefined();
  await (await claimRun(folder)).release();
});

it("does not hold once its process is gone", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  leave({ pid, host: hostname() });
  expect(await claimantOf(folder)).toBeUndefined();
  await (await claimRun(folder)).release();
});

it("holds for a process of another machine until that is silent", async () => {
  leave({ pid: 1, host: "elsewhere" });
  await expect(claimRun(folder)).rejects.toThrow("process 1 of elsewhere");
  const past = new Date(Date.now() - 60_000);
  utimesSync(join(folder, ".training.json"), past, past);
  await (await claimRun(folder)).release();
});

it("needs a folder", async () => {
  await expect(claimRun(join(folder, "nowhere"))).rejects.toThrow("Could not claim the run");
});
