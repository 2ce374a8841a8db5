/**
 * The examples run as they stand, are short, and write what they say.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "deblend-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const examples: readonly (readonly [file: string, run: string, made: readonly string[]])[] = [
  ["pairs.mjs", "pairs", ["sheet.png"]],
  ["restoration.mjs", "restored", ["cat.png", "sheet.png"]],
  ["classes.mjs", "classes", ["guidance-0.png", "guidance-3.png"]],
  ["onnx-classes.mjs", "classes", ["onnx/classes.png", "onnx/model.onnx"]],
];

it("are all here", () => {
  const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".mjs"));
  expect(files.sort()).toEqual(examples.map(([file]) => file).sort());
});

it.each(examples)(
  "%s",
  (file, run, made) => {
    const path = join(root, "examples", file);
    expect(readFileSync(path, "utf8").trimEnd().split("\n").length).toBeLessThan(40);
    const { status, stderr } = spawnSync(process.execPath, [path, "2", join(folder, run)], {
      cwd: root,
      env: { ...process.env, DEBLEND_CACHE: join(folder, "cache") },
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    for (const name of made) expect(existsSync(join(folder, run, name))).toBe(true);
  },
  300_000,
);
