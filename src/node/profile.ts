/**
 * What a device's time goes into: how long each operation took, as ONNX Runtime's profiler tells it.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "../runtime/index.ts";

export interface ProfileRow {
  /** The operation of `src/tensor`; a composite one stands for all that it is made of. */
  readonly operation: string;
  /** The kernel that computes it. */
  readonly kernel: string;
  /** Milliseconds in one run of the work. */
  readonly ms: number;
  /** Calls in one run of the work. */
  readonly calls: number;
}

/** One line of the profiler's file that speaks of a node. Times are in microseconds. */
interface NodeEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/**
 * Profiles every program that the work loads.
 *
 * @param runs how often the work does what a row is to speak of
 * @param work must dispose of its programs: only then are their profiles written
 * @returns rows by their time, largest first
 */
export async function profiled(
  device: Device,
  runs: number,
  work: (watched: Device) => Promise<void>,
): Promise<readonly ProfileRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "deblend-profile-"));
  try {
    let programs = 0;
    await work({
      ...device,
      load: (model, options) => {
        programs += 1;
        return device.load(model, { ...options, profile: join(folder, `program-${programs}`) });
      },
    });
    const rows = new Map<string, { operation: string; kernel: string; us: number; calls: number }>();
    for (const file of await readdir(folder)) {
      for (const event of JSON.parse(await readFile(join(folder, file), "utf8")) as NodeEvent[]) {
        if (event.cat !== "Node" || !event.name.endsWith("_kernel_time")) continue;
        const operation = event.name.split("/")[0] ?? "";
        const kernel = event.args?.op_name ?? "";
        const key = `${operation} ${kernel}`;
        const row = rows.get(key) ?? { operation, kernel, us: 0, calls: 0 };
        row.us += event.dur;
        row.calls += 1;
        rows.set(key, row);
      }
    }
    return [...rows.values()]
      .map(({ us, calls, ...row }) => ({ ...row, ms: us / 1000 / runs, calls: calls / runs }))
      .sort((a, b) => b.ms - a.ms);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
