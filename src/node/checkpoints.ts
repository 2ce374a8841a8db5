/**
 * Checkpoints on the disk: written to a temporary folder, flushed, renamed; read back only if every file is as it was written.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DeblendError } from "../errors.ts";
import { encodeSafetensors, type NamedTensor } from "../formats/safetensors.ts";
import type { UNet, Weights } from "../networks/index.ts";
import { inWords } from "../schemaWords.ts";
import {
  AVERAGE_FOLDER,
  CHECKPOINTS_FOLDER,
  type CheckpointState,
  checkpointName,
  checkpointStateSchema,
  OPTIMISER_FILE,
  STATE_FILE,
  stepOfName,
} from "../training/checkpoint.ts";
import type { RunConfig } from "../training/config.ts";
import { tensorsOf } from "../training/modelFiles.ts";
import type { TrainingState } from "../training/step.ts";
import { checkpointFolders } from "./checkpointFolders.ts";
import { fileError, isTemporary, makeFolder, writeFlushed } from "./files.ts";
import {
  parseJson,
  readModelFolder,
  readSafetensors,
  writeFolderSafely,
  writeHashed,
  writeModelFiles,
} from "./modelFolder.ts";

export interface Checkpoint {
  readonly config: Pick<RunConfig, "seed" | "batch" | "accumulate" | "keepCheckpoints">;
  readonly network: UNet;
  readonly step: number;
  /** Trained so far. */
  readonly seconds: number;
  readonly state: TrainingState;
}

const MOMENTS = ["firstMoment", "secondMoment"] as const;

/** Writes a checkpoint into a run, then removes the oldest beyond `keepCheckpoints`; returns its folder. */
export async function saveCheckpoint(run: string, checkpoint: Checkpoint): Promise<string> {
  const { config, network, step, seconds, state } = checkpoint;
  const folder = join(run, CHECKPOINTS_FOLDER, checkpointName(step));
  await makeFolder(dirname(folder)).catch((thrown: unknown) => {
    throw fileError("write the checkpoint", folder, thrown);
  });
  await removeUnfinished(dirname(folder));
  // The same step again (a run resumed from an older checkpoint): the new one is equal, and replaces it.
  await rm(folder, { recursive: true, force: true });
  await writeFolderSafely(folder, async (temporary) => {
    const files = await writeModelFiles(temporary, { network, weights: state.weights });
    await mkdir(join(temporary, AVERAGE_FOLDER));
    const averaged = await writeModelFiles(join(temporary, AVERAGE_FOLDER), { network, weights: state.ema });
    for (const [name, hash] of Object.entries(averaged)) files[`${AVERAGE_FOLDER}/${name}`] = hash;
    const moments = new Map<string, NamedTensor>();
    for (const moment of MOMENTS) {
      for (const [name, tensor] of tensorsOf(network, state[moment]))
        moments.set(`${moment}.${name}`, tensor);
    }
    files[OPTIMISER_FILE] = await writeHashed(join(temporary, OPTIMISER_FILE), encodeSafetensors(moments));
    const manifest: CheckpointState = {
      format: "deblend-checkpoint-1",
      step,
      seed: config.seed,
      samples: step * config.batch * config.accumulate,
      seconds,
      files,
    };
    await writeFlushed(join(temporary, STATE_FILE), [
      new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`),
    ]);
  });
  for (const old of (await checkpointFolders(run)).slice(config.keepCheckpoints)) {
    await rm(old, { recursive: true, force: true });
  }
  return folder;
}

/** What a killed run left half-written. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (isTemporary(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The manifest of a checkpoint, its files compared with their hashes. */
export async function verifyCheckpoint(folder: string): Promise<CheckpointState> {
  const path = join(folder, STATE_FILE);
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw fileError("read the checkpoint", path, thrown);
  });
  const manifest = checkpointStateSchema.safeParse(parseJson(text, path), { error: inWords });
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    throw new DeblendError(
      `${path} is damaged: ${[issue?.path.join("."), issue?.message].join(" ").trim()}.`,
    );
  }
  // No checksum covers the manifest itself, but its most important number stands in the folder's name too.
  const named = stepOfName(basename(folder));
  if (named !== undefined && named !== manifest.data.step) {
    throw new DeblendError(`${path} is damaged: it says step ${manifest.data.step}, its folder ${named}.`);
  }
  for (const [name, expected] of Object.entries(manifest.data.files)) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(folder, name)), hash).catch((thrown: unknown) => {
      throw fileError("read the checkpoint", join(folder, name), thrown);
    });
    if (hash.digest("hex") !== expected) {
      throw new DeblendError(`${join(folder, name)} is damaged: its content is not what was written.`);
    }
  }
  return manifest.data;
}

export interface LoadedCheckpoint {
  readonly step: number;
  readonly seconds: number;
  readonly state: TrainingState;
}

/** Reads a checkpoint back. */
export async function loadCheckpoint(folder: string, network: UNet): Promise<LoadedCheckpoint> {
  const { step, seconds } = await verifyCheckpoint(folder);
  const moments = await readSafetensors(join(folder, OPTIMISER_FILE));
  const moment = (kind: (typeof MOMENTS)[number]): Weights =>
    new Map(
      network.parameters.map(({ name }) => {
        const found = moments.get(`${kind}.${name}`);
        if (found === undefined)
          throw new DeblendError(`${join(folder, OPTIMISER_FILE)} lacks ${kind}.${name}.`);
        return [name, found.data];
      }),
    );
  return {
    step,
    seconds,
    state: {
      weights: (await readModelFolder(folder)).weights,
      ema: (await readModelFolder(join(folder, AVERAGE_FOLDER))).weights,
      firstMoment: moment("firstMoment"),
      secondMoment: moment("secondMoment"),
    },
  };
}

/** A checkpoint that cannot be used. */
export interface DamagedCheckpoint {
  readonly folder: string;
  /** One sentence that names the file. */
  readonly reason: string;
}

export interface LastCheckpoint extends LoadedCheckpoint {
  readonly folder: string;
  /** Newer ones than this. */
  readonly damaged: readonly DamagedCheckpoint[];
}

/**
 * The newest checkpoint of a run that is whole; undefined where the run has none.
 *
 * @throws DeblendError if there are checkpoints, but every one is damaged
 */
export async function loadLastCheckpoint(run: string, network: UNet): Promise<LastCheckpoint | undefined> {
  const damaged: DamagedCheckpoint[] = [];
  for (const folder of await checkpointFolders(run)) {
    try {
      return { ...(await loadCheckpoint(folder, network)), folder, damaged };
    } catch (thrown) {
      if (!(thrown instanceof DeblendError)) throw thrown;
      damaged.push({ folder, reason: thrown.message });
    }
  }
  const [newest] = damaged;
  if (newest === undefined) return undefined;
  throw new DeblendError(
    `No checkpoint of ${run} can be used (${newest.reason.replace(/\.$/, "")}): put a copy of one back, or start a new run in another folder.`,
  );
}

/**
 * Renames a checkpoint that cannot be used, so that nothing takes it for the newest any more and it does not push out
 * good ones; what is left of it stays for whoever wants to look. Returns its new folder.
 */
export async function setAside(folder: string): Promise<string> {
  const aside = join(dirname(folder), `damaged-${basename(folder)}`);
  try {
    await rm(aside, { recursive: true, force: true });
    await rename(folder, aside);
  } catch (thrown) {
    throw fileError("rename the damaged checkpoint", folder, thrown);
  }
  return aside;
}
