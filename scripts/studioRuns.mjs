// Two short runs to show in pictures of the served studio, trained by the project's own command, and the studio that serves
// them: the same network on the same cats with two learning rates.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import "./buildLibrary.mjs";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** A fixed one: the page shows it. */
const FOLDER = join(tmpdir(), "deblend");
const RATES = [0.0005, 0.003];

/** Trains the runs and serves them; resolves with the address and what ends the server. */
export async function serveRuns() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const rate of RATES) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...[MAIN, "train", "--data", "builtin:cats", "--size", "16", "--model", "tiny", "--steps", "400"],
        ...["--batch", "16", "--learning-rate", String(rate), "--warmup", "20", "--ema", "0.99"],
        ...["--sample-every", "50", "--sample-steps", "16", "--log-every", "5", "--threads", "1"],
        ...["--out", join("runs", `rate-${rate}`)],
      ],
      { cwd: FOLDER, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`The run for the pictures could not be trained: ${stderr}`);
  }
  const words = ["studio", "--no-open", "--port", "0", "--runs", "runs"];
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: FOLDER,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()));
    child.once("close", () => reject(new Error("The studio's server ended without saying where it is.")));
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    url,
    hash: `#/train?run=rate-${RATES[1]}&with=rate-${RATES[0]}`,
    close: async () => {
      child.kill("SIGINT");
      await ended;
      rmSync(FOLDER, { recursive: true, force: true });
    },
  };
}
