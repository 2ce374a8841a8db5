/**
 * Imports models made in Python: checked against the configuration, written under the newer names.
 */
import { readFile, stat } from "node:fs/promises";
import { countParameters, parseUNetConfig, presetConfig, unet } from "../networks/index.ts";
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
 */
export async function importModel(
  path: string,
  out: string,
  config?: string,
): Promise<{ readonly out: string; readonly parameters: number }> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError("import", path, thrown);
  });
  const model = found.isDirectory() ? await readModelFolder(path) : await readFileModel(path, config);
  await saveModelFolder(out, model);
  return { out, parameters: countParameters(model.network) };
}

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
  return { network, weights: weightsFor(network, tensors, path) };
}
