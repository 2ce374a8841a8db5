/**
 * `deblend predict`: the network's direction for given inputs, from file to file.
 */
import { Command, Option } from "commander";
import type { WeightsKind } from "../../node/modelFolder.ts";
import { checkOutputFile } from "../../node/outputs.ts";
import { predictFile } from "../../node/predict.ts";
import type { NodeDeviceName } from "../../runtime/node.ts";
import { deviceOptions } from "../values.ts";

interface PredictArguments {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly weights: WeightsKind;
  readonly device: NodeDeviceName;
  readonly threads?: number;
  readonly json?: boolean;
}

export function predictCommand(): Command {
  const command = new Command("predict")
    .description("compute the network's prediction of x1 - x0 for the inputs in a safetensors file")
    .requiredOption("--model <PATH>", "a run, a checkpoint or a diffusers folder")
    .requiredOption(
      "--input <FILE>",
      "safetensors: x_alpha [B,C,H,W], alpha [B], where the model takes them condition [B,K,H,W], class [B]",
    )
    .requiredOption("--output <FILE>", "safetensors: prediction [B,C,H,W], float32")
    .addOption(
      new Option("--weights <KIND>", "averaged or raw weights of a run")
        .choices(["ema", "raw"])
        .default("ema"),
    )
    .option("--json", "print what was done as one JSON object to stdout");
  for (const option of deviceOptions()) command.addOption(option);
  return command.action(async ({ model, input, output, json = false, ...options }: PredictArguments) => {
    await checkOutputFile(output);
    const { shape, device, ignored } = await predictFile(model, { input, output, ...options });
    if (json) {
      process.stdout.write(`${JSON.stringify({ model, input, output, shape, device, ignored })}\n`);
      return;
    }
    if (ignored.length > 0) {
      process.stderr.write(`${input} also holds ${ignored.join(", ")}, which predict does not use.\n`);
    }
    process.stderr.write(`prediction [${shape.join(", ")}] on ${device}: ${output}\n`);
  });
}
