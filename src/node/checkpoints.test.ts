/**
 * A checkpoint is read back as it was written, or named as damaged: by any cut, swap or flipped bit.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { youngState } from "../../test/fixtures/youngState.ts";
import { DeblendError } from "../errors.ts";
import { parseUNetConfig, unet } from "../networks/index.ts";
import {
  loadCheckpoint,
  loadLastCheckpoint,
  saveCheckpoint,
  setAside,
  verifyCheckpoint,
} from "./checkpoints.ts";

const network = unet(
  parseUNetConfig({
    ...{ sample_size: 8, down_block_types: ["DownBlock2D"], up_block_types: ["UpBlock2D"] },
    ...{ block_out_channels: [4], layers_per_block: 1, norm_num_groups: 2, add_attention: false },
  }),
);
const config = { seed: 3, batch: 2, accumulate: 1, keepCheckpoints: 3 };
const stateAt = (step: number) => youngState(network, step);
const save = (run: string, step: number, keepCheckpoints = config.keepCheckpoints) =>
  saveCheckpoint(run, {
    ...{ config: { ...config, keepCheckpoints }, network, step, seconds: step / 2 },
    state: stateAt(step),
  });

const FILES = [
  "state.json",
  "config.json",
  "diffusion_pytorch_model.safetensors",
  "ema/config.json",
  "ema/diffusion_pytorch_model.safetensors",
  "optimiser.safetensors",
] as const;

let root: string;
let run: string;
let newest: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "deblend-checkpoints-"));
  for (const step of [10, 20]) await save(join(root, "whole"), step);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  run = join(root, "run");
  rmSync(run, { recursive: true, force: true });
  cpSync(join(root, "whole"), run, { recursive: true });
  newest = join(run, "checkpoints", "step-00000020");
});

/** The one sentence that loading ends in. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(DeblendError);
  const { message } = thrown as DeblendError;
  expect(message).toMatch(/^[^\n]+\.$/);
  return message;
}

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  missing: (path) => rmSync(path),
  empty: (path) => truncateSync(path, 0),
  "cut short": (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  "without its last byte": (path) => truncateSync(path, readFileSync(path).length - 2),
};

describe("a checkpoint", () => {
  it("is read back as it was written", async () => {
    const { step, seconds, state } = await loadCheckpoint(newest, network);
    expect({ step, seconds }).toEqual({ step: 20, seconds: 10 });
    expect(state).toEqual(stateAt(20));
    expect(await verifyCheckpoint(newest)).toMatchObject({ seed: 3, samples: 40 });
  });

  describe.each(FILES)("whose %s", (file) => {
    it.each(Object.entries(DAMAGES))(
      "is %s is refused by the file's name, and the one before it is used",
      async (_, damage) => {
        damage(join(newest, file));
        expect(await refusal(loadCheckpoint(newest, network))).toContain(join(newest, file));
        const last = await loadLastCheckpoint(run, network);
        expect(last?.step).toBe(10);
        expect(last?.state).toEqual(stateAt(10));
        expect(last?.damaged).toEqual([
          { folder: newest, reason: expect.stringContaining(join(newest, file)) as unknown },
        ]);
      },
    );
  });

  it("with any flipped bit in a file is refused by the file's name", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FILES.slice(1)), fc.nat(), async (file, bit) => {
        const path = join(newest, file);
        const whole = readFileSync(path);
        const bytes = Uint8Array.from(whole);
        const at = bit % (8 * bytes.length);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        writeFileSync(path, bytes);
        expect(await refusal(loadCheckpoint(newest, network))).toContain(`${path} is damaged`);
        writeFileSync(path, whole);
      }),
      { numRuns: 60 },
    );
  });

  it("with any flipped bit in its manifest is refused, or means the same step and the same weights", async () => {
    const path = join(newest, "state.json");
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (bit) => {
        const bytes = Uint8Array.from(whole);
        const at = bit % (8 * bytes.length);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        writeFileSync(path, bytes);
        try {
          const { step, state } = await loadCheckpoint(newest, network);
          expect(step).toBe(20);
          expect(state).toEqual(stateAt(20));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DeblendError);
          expect((thrown as DeblendError).message).toContain(newest);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the checkpoints of a run", () => {
  it("are none where it has none", async () => {
    mkdirSync(join(root, "fresh"));
    expect(await loadLastCheckpoint(join(root, "fresh"), network)).toBeUndefined();
  });

  it("that are all damaged end in a sentence that says how to go on", async () => {
    for (const name of ["step-00000010", "step-00000020"])
      truncateSync(join(run, "checkpoints", name, "optimiser.safetensors"), 9);
    const message = await refusal(loadLastCheckpoint(run, network));
    expect(message).toContain(join(newest, "optimiser.safetensors"));
    expect(message).toContain("start a new run in another folder");
  });

  it("keep out what a killed write left over, and the next write removes it", async () => {
    const left = join(run, "checkpoints", ".step-00000030.1a2b3c4d.tmp");
    mkdirSync(left);
    writeFileSync(join(left, "config.json"), "{");
    expect((await loadLastCheckpoint(run, network))?.step).toBe(20);
    await save(run, 30);
    expect(readdirSync(join(run, "checkpoints")).sort()).toEqual([
      "step-00000010",
      "step-00000020",
      "step-00000030",
    ]);
  });

  it("that were set aside neither count nor push out good ones", async () => {
    truncateSync(join(newest, "state.json"), 5);
    const aside = await setAside(newest);
    expect(readdirSync(aside)).toContain("optimiser.safetensors");
    await save(run, 12, 1);
    expect((await loadLastCheckpoint(run, network))?.step).toBe(12);
    expect(readdirSync(join(run, "checkpoints")).sort()).toEqual(["damaged-step-00000020", "step-00000012"]);
    // And once more, where that name is taken.
    await save(run, 20, 1);
    await setAside(newest);
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["damaged-step-00000020"]);
  });
});
