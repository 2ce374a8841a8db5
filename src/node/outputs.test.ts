/**
 * Outputs are judged before anything is computed, and judging leaves nothing behind.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { checkOutputFile, checkOutputFolder } from "./outputs.ts";

const folder = mkdtempSync(join(tmpdir(), "deblend-outputs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]) => join(folder, ...parts);

it("what can be written passes, and nothing is left", async () => {
  writeFileSync(at("old.png"), "");
  await checkOutputFile(at("old.png"));
  await checkOutputFile(at("new.png"));
  await checkOutputFile(at("a", "b", "new.png"));
  await checkOutputFolder(at("a", "b"));
  await checkOutputFolder(folder);
  expect(readdirSync(folder)).toEqual(["old.png"]);
});

it("what cannot be is refused in a sentence", async () => {
  const refused = async (check: Promise<void>, words: RegExp) => {
    await expect(check).rejects.toThrow(DeblendError);
    await expect(check).rejects.toThrow(words);
  };
  mkdirSync(at("folder.png"));
  writeFileSync(at("file"), "");
  await refused(checkOutputFile(at("folder.png")), /Could not write .*folder\.png: it is a folder/);
  await refused(checkOutputFile(at("file", "x.png")), /file\/x\.png: a part of the path is a file/);
  await refused(checkOutputFolder(at("file")), /file: a part of the path is a file/);
  if (process.platform === "linux") {
    await refused(checkOutputFile("/proc/deblend/x.png"), /Could not write \/proc\/deblend\/x\.png/);
  }
  symlinkSync("loop", at("loop"));
  await refused(checkOutputFile(at("loop", "x.png")), /loop\/x\.png: its links lead round in a circle/);
});

it.skipIf(process.getuid?.() === 0)("a folder that may not be written to is refused", async () => {
  mkdirSync(at("locked"));
  chmodSync(at("locked"), 0o500);
  await expect(checkOutputFile(at("locked", "x.png"))).rejects.toThrow(/may not write/);
});
