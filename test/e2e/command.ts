/**
 * Runs the built command as a person would, in a folder of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
}

/** A folder with a network's configuration in it; `close` removes it. */
export function openWorkplace() {
  if (!existsSync(main)) throw new Error("The command is not built: run node scripts/build.mjs first.");
  const folder = mkdtempSync(join(tmpdir(), "deblend-test-"));
  writeFileSync(join(folder, "net.json"), JSON.stringify(NETWORK));
  const start = (...words: string[]): Running => {
    const child = spawn(process.execPath, [main, ...words], {
      cwd: folder,
      env: { ...process.env, DEBLEND_CACHE: join(folder, "cache") },
    });
    const [stdout, stderr] = [[], []] as [Buffer[], Buffer[]];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const ended = new Promise<Outcome>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) =>
        resolve({
          code,
          signal,
          stdout: String(Buffer.concat(stdout)),
          stderr: String(Buffer.concat(stderr)),
        }),
      );
    });
    return { child, ended };
  };
  return {
    folder,
    start,
    run: (...words: string[]): Promise<Outcome> => start(...words).ended,
    path: (...parts: string[]) => join(folder, ...parts),
    sha256: (...parts: string[]) =>
      createHash("sha256")
        .update(readFileSync(join(folder, ...parts)))
        .digest("hex"),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The smallest network that has all kinds of layers but attention. */
const NETWORK = {
  sample_size: 8,
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
  block_out_channels: [4, 8],
  layers_per_block: 1,
  norm_num_groups: 2,
  add_attention: false,
};

/** Options of a run that takes a second. */
export const QUICK = [
  ...["--data", "builtin:cats", "--model", "net.json", "--batch", "2", "--threads", "1", "--warmup", "5"],
  ...["--checkpoint-every", "5", "--sample-every", "0", "--log-every", "5"],
];

/** Resolves when the child writes something that fits to a stream. */
export function whenSaid({ child }: Running, stream: "stdout" | "stderr", words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child[stream]?.on("data", (chunk: Buffer) => {
      text += String(chunk);
      if (words.test(text)) resolve();
    });
    child.on("close", () => reject(new Error(`The command ended without saying ${words}: ${text}`)));
  });
}
