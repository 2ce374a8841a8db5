/**
 * What the numbers were measured on, without anything that names the machine or its user.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { inRoot, pytorch } from "./processes.mjs";

const require = createRequire(import.meta.url);

export function describeMachine() {
  const { version } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
  const gpu = describeGpu();
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    ...(gpu !== undefined && { gpu }),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version.slice(1),
    onnxruntime: /** @type {{ version: string }} */ (require("onnxruntime-node/package.json")).version,
    deblend: version,
    python: pytorch?.version ?? "not there",
    pytorch: pytorch?.torch ?? "not there",
    // Others' work on a shared machine slows everything that is measured.
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

/** The graphics card and its driver, where there is one of NVIDIA. */
function describeGpu() {
  const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n")[0] : undefined;
}

/** A name for files of results: what computes, not what the machine is called. @param {ReturnType<typeof describeMachine>} machine */
export function machineName({ cpu, cores, gpu }) {
  const words = `${cpu} ${cores} cores ${gpu?.split(",")[0] ?? ""}`.toLowerCase();
  return words
    .replace(/\((r|tm)\)|\bcpu\b|@ [\d.]+ghz|\bprocessor\b|\d+-core/g, " ")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
