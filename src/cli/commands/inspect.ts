/**
 * `deblend inspect`: what a run, a checkpoint, a model folder, a weights file or an ONNX file is.
 */
import { Command } from "commander";
import { inspectPath } from "../../node/inspect.ts";

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("tell what a run, a checkpoint, a model folder, a weights file or an ONNX file holds")
    .argument("<PATH>", "a folder, or a .safetensors, .pt, .ckpt or .onnx file")
    .option("--json", "print one JSON object to stdout")
    .action(async (path: string, { json = false }: { readonly json?: boolean }) => {
      const facts = await inspectPath(path);
      if (json) {
        process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
        return;
      }
      const width = Math.max(...Object.keys(facts).map((key) => key.length));
      for (const [key, value] of Object.entries(facts)) {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        process.stdout.write(`${key.padEnd(width)}  ${text}\n`);
      }
    });
}
