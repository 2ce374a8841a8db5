/**
 * Model folders as diffusers has them, `config.json` and `diffusion_pytorch_model.safetensors`: read with every tensor
 * checked by name and shape, written so that Python loads them as they are.
 */
import { createHash } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sizeOf } from "../batch.ts";
import { DeblendError, messageOf } from "../errors.ts";
import { decodeTensor, headerLength, type NamedTensor, parseHeader } from "../formats/safetensors.ts";
import {
  type Network,
  parseUNetConfig,
  type UNet,
  type UNetConfig,
  unet,
  type Weights,
} from "../networks/index.ts";
import { renameAttention } from "../networks/unet/names.ts";
import {
  AVERAGE_FOLDER,
  CONFIG_FILE,
  SAMPLES_FOLDER,
  STATE_FILE,
  WEIGHTS_FILE,
} from "../training/checkpoint.ts";
import { diffusersFiles } from "../training/modelFiles.ts";
import { latestCheckpoint } from "./checkpointFolders.ts";
import { fileError, flushFolder, makeFolder, temporaryBeside, writeFlushed } from "./files.ts";

/** The averaged weights, or those of the last step. */
export type WeightsKind = "ema" | "raw";

export interface LoadedModel {
  readonly network: UNet;
  readonly weights: Weights;
}

/**
 * Loads a model from a run (its last checkpoint), a checkpoint or a diffusers folder.
 *
 * @param options.weights which of a checkpoint's weights; a plain folder has only one kind
 */
export async function loadModel(
  path: string,
  { weights = "ema" }: { readonly weights?: WeightsKind | undefined } = {},
): Promise<LoadedModel> {
  return readModelFolder(await modelFolderOf(path, weights));
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The folder of a model's weights: of a run's last checkpoint, of a checkpoint, or a plain one. */
async function modelFolderOf(path: string, weights: WeightsKind): Promise<string> {
  const checkpoint = await latestCheckpoint(path);
  // Its config.json is that of a run, which would only be refused key by key.
  if (checkpoint === undefined && (await exists(join(path, SAMPLES_FOLDER)))) {
    throw new DeblendError(
      `${path} is a run that has no checkpoint yet: wait for its first one, or train on with --resume.`,
    );
  }
  const folder = checkpoint ?? path;
  const isCheckpoint = await exists(join(folder, STATE_FILE));
  return isCheckpoint && weights === "ema" ? join(folder, AVERAGE_FOLDER) : folder;
}

/** A model's configuration, without its weights. */
export async function readNetworkConfig(path: string): Promise<UNetConfig> {
  return readConfigOf(await modelFolderOf(path, "raw"));
}

/** Reads one folder. */
export async function readModelFolder(folder: string): Promise<LoadedModel> {
  const network = unet(await readConfigOf(folder));
  const file = join(folder, WEIGHTS_FILE);
  return { network, weights: weightsFor(network, await readSafetensors(file), file) };
}

async function readConfigOf(folder: string): Promise<UNetConfig> {
  const path = join(folder, CONFIG_FILE);
  const text = await readFile(path, "utf8").catch(async (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== "ENOENT" || !(await exists(folder)))
      throw fileError("read the model", folder, thrown);
    throw new DeblendError(
      `${folder} is not a model: it should be a run with a checkpoint, or hold ${CONFIG_FILE} and ${WEIGHTS_FILE}.`,
    );
  });
  return parseUNetConfig(parseJson(text, path), path);
}

/** JSON with an error that names the file. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new DeblendError(`${path} is not JSON: ${messageOf(thrown)}.`);
  }
}

/** Reads a safetensors file tensor by tensor, so that no second copy of it is ever in memory. */
export async function readSafetensors(path: string): Promise<Map<string, NamedTensor>> {
  const file = await open(path, "r").catch((thrown: unknown) => {
    throw fileError("read the weights", path, thrown);
  });
  try {
    const { size } = await file.stat();
    const read = async (from: number, length: number) => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, from);
      return bytes.subarray(0, bytesRead);
    };
    const length = headerLength(await read(0, 8), path);
    const header = parseHeader(await read(0, Math.min(size, 8 + length)), size, path);
    const tensors = new Map<string, NamedTensor>();
    for (const [name, entry] of header.tensors) {
      const [from, to] = entry.offsets;
      tensors.set(name, decodeTensor(entry, await read(header.size + from, to - from)));
    }
    return tensors;
  } finally {
    await file.close();
  }
}

/**
 * The tensors as a network's weights, under the newer attention names.
 *
 * @throws DeblendError naming what is missing, left over or of another shape
 */
export function weightsFor(
  network: Pick<Network, "parameters">,
  tensors: ReadonlyMap<string, NamedTensor>,
  source: string,
): Weights {
  const found = new Map([...tensors].map(([name, tensor]) => [renameAttention(name), tensor]));
  const list = (names: readonly string[]) =>
    names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const wanted = new Set(network.parameters.map(({ name }) => name));
  const missing = [...wanted].filter((name) => !found.has(name));
  const extra = [...found.keys()].filter((name) => !wanted.has(name));
  const refuse = (why: string) =>
    new DeblendError(`The weights in ${source} do not fit the network's configuration: ${why}.`);
  if (missing.length > 0) throw refuse(`${list(missing)} missing`);
  if (extra.length > 0) throw refuse(`${list(extra)} left over`);
  return new Map(
    network.parameters.map(({ name, shape }) => {
      const { shape: stored, data } = found.get(name) as NamedTensor;
      // Very old files keep the attention's linear layers as 1x1 convolutions: the same numbers.
      if (sizeOf(stored) !== sizeOf(shape) || stored[0] !== shape[0]) {
        throw refuse(`${name} should have the shape [${shape}], but has [${stored}]`);
      }
      return [name, data];
    }),
  );
}

/** Writes files into a folder that exists, flushed; returns the sha256 of each. */
export async function writeModelFiles(
  folder: string,
  { network, weights }: LoadedModel,
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [name, parts] of diffusersFiles(network, weights)) {
    hashes[name] = await writeHashed(join(folder, name), parts);
  }
  return hashes;
}

/** Writes parts, flushed, and returns their sha256. */
export async function writeHashed(path: string, parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  await writeFlushed(path, parts);
  return hash.digest("hex");
}

/** Fills a folder through `write` under another name, flushes it and renames it into place: all of it or nothing. */
export async function writeFolderSafely(
  folder: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(folder);
  try {
    await makeFolder(temporary);
    await write(temporary);
    await flushFolder(temporary);
    await rename(temporary, folder);
    await flushFolder(dirname(folder));
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw thrown instanceof Error && "code" in thrown ? fileError("write", folder, thrown) : thrown;
  }
}

/**
 * Writes a diffusers folder.
 *
 * @throws DeblendError if there is something already
 */
export async function saveModelFolder(folder: string, model: LoadedModel): Promise<void> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return undefined;
    throw fileError("write the model to", folder, thrown);
  });
  if (names !== undefined && names.length > 0) {
    throw new DeblendError(`${folder} exists and is not empty: choose another folder for the model.`);
  }
  await writeFolderSafely(folder, async (temporary) => {
    await writeModelFiles(temporary, model);
  });
}
