/**
 * `deblend export`: a trained model for other programs.
 */
import { Command, Option } from "commander";
import { type ExportModelOptions, exportFormats, exportModel } from "../../node/export.ts";
import { imageSides, precisionOption } from "../values.ts";

interface ExportArguments extends ExportModelOptions {
  readonly model: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("write a trained model as a diffusers folder or as one ONNX file, checked against the model")
    .requiredOption("--model <PATH>", "a run, a checkpoint or a diffusers folder")
    .requiredOption("--out <DIR>", "folder to write to")
    .addOption(
      new Option("--format <NAME>", "diffusers: config.json and weights; onnx: model.onnx, any batch size")
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--weights <KIND>", "averaged or raw weights of a run")
        .choices(["ema", "raw"])
        .default("ema"),
    )
    .addOption(
      new Option(
        "--size <SIZE>",
        "side in pixels or HEIGHTxWIDTH, for a model that does not say its own",
      ).argParser(imageSides),
    )
    .addOption(precisionOption("onnx: f16 halves the file and suits GPUs; inputs and outputs stay float32"))
    .option("--json", "print what was done as one JSON object to stdout")
    .action(async ({ model, json = false, ...options }: ExportArguments) => {
      const { path, largestError } = await exportModel(model, options);
      if (json) {
        const { format, weights, precision } = options;
        process.stdout.write(
          `${JSON.stringify({ model, format, weights, precision, path, largestError })}\n`,
        );
        return;
      }
      const checked =
        largestError === undefined
          ? ""
          : `; its predictions differ from the model's by ${largestError.toExponential(1)} of the largest at most`;
      process.stderr.write(`Written: ${path}${checked}.\n`);
    });
}
