/**
 * `deblend bench`: how fast a network trains and draws on this machine.
 */
import { Command, Option } from "commander";
import { type BenchOptions, type BenchReport, benchmarkModel, layouts } from "../../node/bench.ts";
import { deviceOptions, imageSides, wholeNumber } from "../values.ts";

interface BenchArguments extends BenchOptions {
  readonly model: string;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  const command = new Command("bench")
    .description(
      "time training steps and forward passes of a network on made-up images; medians after a warm-up",
    )
    .requiredOption("--model <MODEL>", "network: official, small, tiny or a diffusers config.json")
    .addOption(new Option("--batch <N>", "images in a batch").argParser(wholeNumber(1)).default(16))
    .addOption(
      new Option("--size <SIZE>", "side in pixels or HEIGHTxWIDTH; the network's own by default").argParser(
        imageSides,
      ),
    )
    .addOption(new Option("--repeats <N>", "timed runs of each kind").argParser(wholeNumber(1)).default(5))
    .addOption(
      new Option("--layout <NAME>", "plain: row-major order even where the CPU offers its blocked layout")
        .choices(layouts)
        .default("best"),
    )
    .option("--profile", "also tell what each operation of a training step takes")
    .option("--json", "print one JSON object to stdout");
  for (const option of deviceOptions()) command.addOption(option);
  return command.action(async (options: BenchArguments) => {
    const report = await benchmarkModel(options.model, options);
    if (options.json) {
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return;
    }
    const ms = (value: number) => `${value.toPrecision(4)} ms`;
    const lines = [
      ["training step", `${ms(report.trainStepMs)}, ${report.imagesPerSecond.toPrecision(3)} images/s`],
      ["forward pass", ms(report.forwardMs)],
      ["peak memory", `${Math.round(report.peakRssMb)} MB`],
      ["compiled in", `${ms(report.compileMs)}, ${report.nodes} nodes`],
      ["network", `${report.parameters.toLocaleString("en")} parameters`],
      ["batch", [report.batch, ...report.shape].join("x")],
      ["device", report.device],
      ["layout", report.layout],
    ];
    for (const [key = "", value] of lines) process.stdout.write(`${key.padEnd(13)}  ${value}\n`);
    if (report.profile !== undefined) process.stdout.write(`\n${profileTable(report.profile)}`);
  });
}

/** Rows of the table; the rest is one row more. */
const ROWS = 24;

function profileTable(profile: NonNullable<BenchReport["profile"]>): string {
  const total = profile.reduce((sum, { ms }) => sum + ms, 0);
  const line = (ms: number, calls: string, kernel: string, operation: string) =>
    `${ms.toFixed(2).padStart(9)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} % ${calls.padStart(5)}  ${kernel.padEnd(20)} ${operation}\n`;
  const shown = profile.slice(0, ROWS);
  const rest = profile.slice(ROWS).reduce((sum, { ms }) => sum + ms, 0);
  return [
    ...shown.map(({ ms, calls, kernel, operation }) => line(ms, String(calls), kernel, operation)),
    line(rest, "", "", "all others"),
  ].join("");
}
