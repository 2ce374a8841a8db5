/**
 * `deblend import`: a diffusers folder or an official PyTorch checkpoint as a model folder of ours.
 */
import { Command } from "commander";
import { importModel } from "../../node/importModel.ts";

interface ImportArguments {
  readonly out: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function importCommand(): Command {
  return new Command("import")
    .description(
      "read a diffusers folder or an official .ckpt or .pt file, check it, write it as a model folder",
    )
    .argument("<PATH>", "a diffusers folder, or a .ckpt, .pt or .safetensors file")
    .requiredOption("--out <DIR>", "the model folder, new")
    .option("--config <FILE>", "config.json of the network, for a file; the official network by default")
    .option("--json", "print what was done as one JSON object to stdout")
    .action(async (path: string, { out, config, json = false }: ImportArguments) => {
      const report = await importModel(path, out, config);
      if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else process.stderr.write(`${report.parameters.toLocaleString("en")} parameters: ${out}\n`);
    });
}
