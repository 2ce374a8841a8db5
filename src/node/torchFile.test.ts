/**
 * PyTorch files on the disk: damaged, cut short or made to unpack without end, they are refused with a sentence.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { afterAll, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { readTorchFile } from "./torchFile.ts";

const folder = mkdtempSync(join(tmpdir(), "deblend-torch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const whole = readFileSync(join(import.meta.dirname, "../../test/fixtures/torch/nested.pt"));
const path = join(folder, "damaged.pt");

/** Tensors, or one sentence that names the file. */
async function readOrRefuse(bytes: Uint8Array): Promise<void> {
  writeFileSync(path, bytes);
  try {
    await readTorchFile(path);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DeblendError);
    expect((thrown as DeblendError).message).toContain("damaged.pt");
  }
}

it("a PyTorch file that is damaged anywhere is read, or refused with a sentence that names it", async () => {
  const at = fc.nat({ max: whole.length - 1 });
  // The zip's list lies at the end and the local headers at the start: changes there reach every part of the reader.
  const place = fc.oneof(
    at,
    fc.nat({ max: 200 }),
    fc.integer({ min: whole.length - 700, max: whole.length - 1 }),
  );
  const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [index, value] of changes) bytes[index] = value;
      await readOrRefuse(bytes);
    }),
    { numRuns: 400 },
  );
});

it("a PyTorch file that is cut short is refused", async () => {
  for (let i = 0; i < 20; i++) {
    writeFileSync(path, whole.subarray(0, Math.floor((i * whole.length) / 20)));
    await expect(readTorchFile(path)).rejects.toThrow(DeblendError);
  }
});

it("a flipped bit in the numbers is found by their checksum, and the file and the entry are named", async () => {
  const bytes = Uint8Array.from(whole);
  const at = whole.indexOf(Buffer.from(Float32Array.of(0, 1, 2, 3).buffer));
  expect(at).toBeGreaterThan(0);
  bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await expect(readTorchFile(path)).rejects.toThrow(/damaged\.pt cannot be read: it is damaged.*data\/0/);
  await expect(readTorchFile(path)).rejects.toThrow(DeblendError);
});

it.each([
  // A mark for each byte, lists within nothing, one long text: 65 MiB that deflate to some 60 KB.
  ["of marks", 65, "(", /unpacks to \d+ bytes, more than the limit of \d+/],
  ["of lists", 65, "]", /unpacks to \d+ bytes, more than the limit of \d+/],
  // Below the limit of bytes, but 20 million values.
  ["of as many lists as fit", 20, "]", /its program has more than \d+ steps/],
  ["of as many marks as fit", 63, "(", /its program has more than \d+ steps/],
])(
  "a small file with a huge program %s is refused before it takes memory",
  async (_, mib, byte, sentence) => {
    const pickle = new Uint8Array(mib * 2 ** 20).fill(byte.charCodeAt(0));
    const bomb = zipSync({ "m/data.pkl": pickle }, { level: 6 });
    expect(bomb.length).toBeLessThan(100_000);
    writeFileSync(path, bomb);
    const before = process.memoryUsage().rss;
    await expect(readTorchFile(path)).rejects.toThrow(sentence);
    await expect(readTorchFile(path)).rejects.toThrow(/damaged\.pt/);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  },
);
