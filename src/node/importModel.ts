/**
 * Imports models made in Python: checked against the configuration, written under the newer names.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { DeblendError } from "../errors.ts";
import { countParameters, parseUNetConfig, presetConfig, unet } from "../networks/index.ts";
import { CHECKPOINTS_FOLDER, SAMPLES_FOLDER, WEIGHTS_FILE } from "../training/checkpoint.ts";
import { fileError } from "./files.ts";
import {
  type LoadedModel,
  parseJson,
  readModelFolder,
  readSafetensors,
  saveModelFolder,
  weightsFor,
} from "./modelFolder.ts";
import { readTorchFile } from "./torchFile.ts";

/**
 * @param path a diffusers folder, or a file of weights
 * @param out the folder to write, new
 * @param config path of a config.json; the official network, at 64x64 in colour, where a file comes without one
 * @throws DeblendError for a run, what is no model, weights that do not fit, and a folder that is there already
 */
export async function importModel(
  path: string,
  out: string,
  config?: string,
): Promise<{ readonly out: string; readonly parameters: number }> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError("import", path, thrown);
  });
  if (found.isDirectory() && (await isRun(path))) {
    throw new DeblendError(
      `${path} is a run of deblend, which needs no import: use it as it is, for instance with deblend sample --model, or write its last checkpoint for Python with deblend export --format diffusers.`,
    );
  }
  const model = found.isDirectory() ? await readModelFolder(path) : await readFileModel(path, config);
  await saveModelFolder(out, model);
  return { out, parameters: countParameters(model.network) };
}

/** A run has a config.json too, which as that of a network would only be refused key by key. */
const isRun = async (folder: string): Promise<boolean> => {
  const names = await readdir(folder);
  const ofRuns = [SAMPLES_FOLDER, CHECKPOINTS_FOLDER];
  return !names.includes(WEIGHTS_FILE) && names.some((name) => ofRuns.includes(name));
};

async function readFileModel(path: string, config: string | undefined): Promise<LoadedModel> {
  const network = unet(
    config === undefined
      ? presetConfig("official", { size: [64, 64], channels: 3 })
      : parseUNetConfig(
          parseJson(
            await readFile(config, "utf8").catch((thrown: unknown) => {
              throw fileError("read", config, thrown);
            }),
            config,
          ),
          config,
        ),
  );
  const tensors = path.endsWith(".safetensors") ? await readSafetensors(path) : await readTorchFile(path);
  try {
    return { network, weights: weightsFor(network, tensors, path) };
  } catch (thrown) {
    if (config !== undefined || !(thrown instanceof DeblendError)) throw thrown;
    throw new DeblendError(
      `${thrown.message.replace(/\.$/, "")}; without --config a file is taken for the official network: give the config.json of this one.`,
    );
  }
}
