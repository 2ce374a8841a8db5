/**
 * `deblend sample`: draws images from a trained model.
 */
import { join } from "node:path";
import { Command, Option } from "commander";
import { counted } from "../../counted.ts";
import { comfortableScale, writeGrid, writeImage } from "../../node/images.ts";
import { checkOutputFile, checkOutputFolder } from "../../node/outputs.ts";
import { type SampleModelOptions, sampleModel, TRAJECTORY_COLUMNS } from "../../node/sample.ts";
import { gridNames, solvers } from "../../solvers/index.ts";
import { formatDuration } from "../duration.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { openProgress, silentProgress } from "../progress.ts";
import { addGivenOptions, type GivenArguments, type GivenOutcome, sampleGiven } from "../sampleGiven.ts";
import { deviceOptions, imageSides, pngFile, precisionOption, wholeNumber } from "../values.ts";

interface SampleArguments extends Omit<SampleModelOptions, "count">, GivenArguments {
  readonly model: string;
  readonly out?: string;
  readonly each?: string;
  readonly trajectory?: string;
  readonly json?: boolean;
}

/** Images by default. */
const COUNT = 64;

/** Rows of the picture that `--trajectory` writes. */
const TRAJECTORY_ROWS = 8;

/** What a solver declares of itself, for the help. */
const solverNotes = Object.values(solvers)
  .map(({ name, order, evaluationsPerStep }) => `${name} (order ${order}, ${evaluationsPerStep} a step)`)
  .join(", ");

export function sampleCommand(): Command {
  const command = new Command("sample")
    .description("draw images from a trained model; image i depends on the model, the seed and i alone")
    .requiredOption("--model <PATH>", "a run, a checkpoint or a diffusers folder")
    .addOption(new Option("--out <FILE>", "write all images into one PNG").argParser(pngFile))
    .option("--each <DIR>", "write every image as a PNG of its own")
    .addOption(
      new Option(
        "--trajectory <FILE>",
        "write the way of the first images from noise (alpha 0) to image (alpha 1) into one PNG",
      ).argParser(pngFile),
    )
    .addOption(
      new Option("--count <N>", "images to draw (64); with conditions: how many of them (8)").argParser(
        wholeNumber(1),
      ),
    )
    .addOption(new Option("--steps <N>", "steps from alpha 0 to 1").argParser(wholeNumber(1)).default(128))
    .addOption(
      new Option("--solver <NAME>", `rule of a step, with its evaluations of the network: ${solverNotes}`)
        .choices(Object.keys(solvers))
        .default("euler"),
    )
    .addOption(new Option("--grid <NAME>", "spacing of the steps").choices(gridNames).default("uniform"))
    .addOption(new Option("--seed <N>", "seed of the noise").argParser(wholeNumber(0)).default(0))
    .addOption(
      new Option("--batch <N>", "images computed together; changes the speed only")
        .argParser(wholeNumber(1))
        .default(16),
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
    .option("--json", "print what was done as one JSON object to stdout");
  addGivenOptions(command);
  command.addOption(precisionOption("f16 computes in half precision, on a GPU"));
  for (const option of deviceOptions()) command.addOption(option);
  return command.action(async (options: SampleArguments) => {
    const { model, out, each, trajectory, json = false } = options;
    if (out === undefined && each === undefined && trajectory === undefined) {
      command.error("error: nothing would be written: give --out FILE, --each DIR or --trajectory FILE", {
        exitCode: 2,
      });
    }
    for (const file of [out, trajectory]) if (file !== undefined) await checkOutputFile(file);
    if (each !== undefined) await checkOutputFolder(each);
    const progress = json ? silentProgress : openProgress("sampling");
    const interrupt = listenForInterrupt(() => progress.say("Stopping; nothing is written."));
    const began = performance.now();
    try {
      const given = await sampleGiven(model, {
        ...options,
        onProgress: (done, total) => progress.update(done, total),
        signal: interrupt.signal,
      });
      if (given !== undefined) {
        tellGiven(given, { ...options, json, seconds: (performance.now() - began) / 1000 }, progress.say);
        return;
      }
      const samples = await sampleModel(model, {
        ...options,
        count: options.count ?? COUNT,
        trajectoryRows: trajectory === undefined ? 0 : TRAJECTORY_ROWS,
        onProgress: (done, total) => progress.update(done, total),
        signal: interrupt.signal,
      });
      const { images } = samples;
      const scale = comfortableScale(images.shape);
      if (out !== undefined) await writeGrid(images, out, { scale });
      if (trajectory !== undefined && samples.trajectory !== undefined) {
        await writeGrid(samples.trajectory, trajectory, { scale, columns: TRAJECTORY_COLUMNS });
      }
      if (each !== undefined) {
        for (let i = 0; i < images.shape[0]; i++) {
          await writeImage(images, i, join(each, `${String(i).padStart(6, "0")}.png`));
        }
      }
      const seconds = (performance.now() - began) / 1000;
      if (json) {
        const { steps, solver, grid, seed, weights } = options;
        const done = {
          model,
          count: images.shape[0],
          steps,
          solver,
          grid,
          seed,
          weights,
          device: samples.device,
          seconds,
        };
        process.stdout.write(`${JSON.stringify({ ...done, shape: images.shape, out, each, trajectory })}\n`);
      } else {
        const places = [out, each, trajectory].filter((place) => place !== undefined).join(", ");
        progress.say(
          `${counted(images.shape[0], "image")} of ${images.shape.slice(2).join("x")} in ${formatDuration(seconds)} on ${samples.device}: ${places}`,
        );
      }
    } finally {
      progress.end();
      interrupt.release();
    }
  });
}

/** Says what was drawn for conditions or classes. */
function tellGiven(
  { images, device, notes, facts }: GivenOutcome,
  {
    model,
    steps,
    solver,
    grid,
    seed,
    weights,
    out,
    each,
    json = false,
    seconds,
  }: SampleArguments & { readonly seconds: number },
  say: (line: string) => void,
): void {
  if (json) {
    const done = { model, count: images.shape[0], steps, solver, grid, seed, weights, device, seconds };
    process.stdout.write(`${JSON.stringify({ ...done, ...facts, shape: images.shape, out, each })}\n`);
    return;
  }
  for (const note of notes) say(note);
  const places = [out, each].filter((place) => place !== undefined).join(", ");
  say(
    `${counted(images.shape[0], "image")} of ${images.shape.slice(2).join("x")} in ${formatDuration(seconds)} on ${device}: ${places}`,
  );
}
