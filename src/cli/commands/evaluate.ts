/**
 * `deblend evaluate`: measures whether a conditional model obeys what it is shown.
 */
import { Command, Option } from "commander";
import type { Reconstruction } from "../../metrics/reconstruction.ts";
import {
  type ClassReport,
  type ConditionReport,
  type EvaluateOptions,
  evaluateRun,
} from "../../node/evaluate.ts";
import { checkOutputFile } from "../../node/outputs.ts";
import { gridNames, solvers } from "../../solvers/index.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { openProgress, silentProgress } from "../progress.ts";
import { deviceOptions, notNegative, pngFile, wholeNumber } from "../values.ts";

interface EvaluateArguments extends EvaluateOptions {
  readonly model: string;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description(
      "measure whether a run obeys its conditions (on pictures that it held out) or its classes (by a classifier trained on the run's pictures)",
    )
    .requiredOption("--model <RUN>", "the folder of a run")
    .addOption(
      new Option("--count <N>", "pictures, or images a class").argParser(wholeNumber(1)).default(100),
    )
    .addOption(
      new Option("--variations <N>", "images for each condition").argParser(wholeNumber(2)).default(2),
    )
    .addOption(new Option("--steps <N>", "steps from alpha 0 to 1").argParser(wholeNumber(1)).default(32))
    .addOption(new Option("--solver <NAME>", "rule of a step").choices(Object.keys(solvers)).default("euler"))
    .addOption(new Option("--grid <NAME>", "spacing of the steps").choices(gridNames).default("uniform"))
    .addOption(
      new Option("--guidance <W>", "1 as it was trained, above 1 more clearly")
        .argParser(notNegative)
        .default(1),
    )
    .addOption(new Option("--seed <N>", "seed of the noise").argParser(wholeNumber(0)).default(0))
    .addOption(new Option("--batch <N>", "images computed together").argParser(wholeNumber(1)).default(16))
    .addOption(
      new Option("--weights <KIND>", "averaged or raw weights").choices(["ema", "raw"]).default("ema"),
    )
    .option(
      "--test <FOLDER>",
      "classes: judge the classifier on this folder of the run's data, for instance mnist/test",
    )
    .addOption(new Option("--out <FILE>", "write the first images as a sheet, a PNG").argParser(pngFile))
    .option("--json", "print the figures as one JSON object to stdout");
  for (const option of deviceOptions()) command.addOption(option);
  return command.action(async ({ model, json = false, ...options }: EvaluateArguments) => {
    if (options.out !== undefined) await checkOutputFile(options.out);
    const progress = json ? silentProgress : openProgress("evaluating");
    const interrupt = listenForInterrupt(() => progress.say("Stopping."));
    let stage = "";
    try {
      const report = await evaluateRun(model, {
        ...options,
        onStage: (name) => {
          stage = name;
        },
        onProgress: (done, total) => progress.update(done, total, stage),
        signal: interrupt.signal,
      });
      progress.end();
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${linesOf(report).join("\n")}\n`);
    } finally {
      progress.end();
      interrupt.release();
    }
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const line = (name: string, { psnr, absoluteError, colourMeanError, colourSpreadError }: Reconstruction) =>
  `${name.padEnd(26)} ${psnr.toFixed(2).padStart(7)} ${[absoluteError, colourMeanError, colourSpreadError]
    .map((value) => value.toFixed(4).padStart(10))
    .join(" ")}`;

/** The figures for a person. */
function linesOf(report: ConditionReport | ClassReport): string[] {
  if ("agreement" in report) {
    const { classifierAccuracy, testPictures, agreement, byClass, images, guidance } = report;
    return [
      `The classifier is right on ${percent(classifierAccuracy)} of ${testPictures} real pictures that it has not seen.`,
      `It takes ${percent(agreement)} of ${images} images (guidance ${guidance}) for the class that was asked for:`,
      Object.entries(byClass)
        .map(([name, share]) => `  ${name}: ${percent(share)}`)
        .join("\n"),
    ];
  }
  const { task, pictures, heldOut, right, shuffled, mean, baseline, ratios, variationDifference } = report;
  return [
    `${task}: ${pictures} pictures ${heldOut ? "that the run held out" : "of the training set (the run held none out)"}.`,
    `${"".padEnd(26)} ${"PSNR".padStart(7)} ${["error", "colour", "contrast"].map((head) => head.padStart(10)).join(" ")}`,
    line("generations", right),
    line("with shuffled conditions", shuffled),
    line("one step: the mean", mean),
    ...(baseline === undefined ? [] : [line("the condition itself", baseline)]),
    `Shuffled conditions make the error ${ratios.absoluteError.toFixed(2)} and the colour's error ${ratios.colourMeanError.toFixed(2)} times as large.`,
    `Two generations for one condition differ by ${variationDifference.toFixed(4)}.`,
  ];
}
