/**
 * Folders are made with those above them, or not at all and with an error at once.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder, writeFileSafely } from "./files.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "deblend-files-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("makes a folder with those above it, and is content with one that is there", async () => {
  const folder = join(root, "a", "b", "c");
  await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(join(root, "a", "d"))]);
  await makeFolder(folder);
  await makeFolder(root);
  expect(statSync(folder).isDirectory()).toBe(true);
  expect(statSync(join(root, "a", "d")).isDirectory()).toBe(true);
});

it("makes no folder where a file is", async () => {
  writeFileSync(join(root, "file"), "");
  for (const path of [join(root, "file"), join(root, "file", "below", "it")]) {
    await expect(makeFolder(path)).rejects.toMatchObject({ code: "EEXIST" });
  }
});

it.runIf(process.platform === "linux")("gives up where the system makes no folders", async () => {
  await expect(makeFolder("/proc/x/y")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(writeFileSafely("/proc/x/y/file", "")).rejects.toThrow(
    "Could not write /proc/x/y/file: there is no such file or folder; check the path.",
  );
});
