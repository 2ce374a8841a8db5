/**
 * Whole processes to be measured: deblend's built command, and Python where it has PyTorch.
 */
import { spawn, spawnSync } from "node:child_process";
import { homedir, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

/** What was thrown, in words. @param {unknown} thrown */
export const messageOf = (thrown) => (thrown instanceof Error ? thrown.message : String(thrown));

/** A path below the repository's root. @param {string} name */
export const inRoot = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Errors end up in reports, which are to say nothing of where things lie. @param {string} text */
const withoutPlaces = (text) =>
  text.replaceAll(inRoot(""), "").replaceAll(tmpdir(), "TMP").replaceAll(homedir(), "~");

const command = inRoot("dist/cli/main.js");

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} words
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ stdout: string, ms: number }>} what it said and how long it lived
 */
export function run(program, words, env = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, words, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const ms = performance.now() - began;
      if (code === 0) return resolve({ stdout, ms });
      // The last line is the sentence; a Python traceback ends with it too.
      const reason = stderr.trim().split("\n").at(-1) || `ended with ${signal ?? code}`;
      reject(new Error(withoutPlaces(reason)));
    });
  });
}

/** Runs deblend. @param {readonly string[]} words @param {NodeJS.ProcessEnv} [env] */
export const deblend = (words, env) => run(process.execPath, [command, ...words], env);

/** A Python that can `import torch`, with what it is; nothing where there is none. */
function findPython() {
  const ask = "import json, sys, torch; print(json.dumps([sys.version.split()[0], torch.__version__]))";
  for (const python of ["python3", "/usr/bin/python3"]) {
    const { status, stdout } = spawnSync("/usr/bin/env", [python, "-c", ask], { encoding: "utf8" });
    if (status !== 0) continue;
    const [version, torch] = JSON.parse(stdout);
    return { python, version, torch };
  }
  return undefined;
}

export const pytorch = findPython();

/**
 * Runs Python where `pytorch` was found. Its threads wait without spinning: where something else runs as well, spinning
 * makes PyTorch's steps up to nine times slower, which would be no comparison; on an idle machine it changes little.
 *
 * @param {readonly string[]} words
 */
export const python = (words) =>
  run("/usr/bin/env", [pytorch?.python ?? "python3", ...words], {
    OMP_WAIT_POLICY: process.env.OMP_WAIT_POLICY ?? "passive",
  });
