/**
 * `deblend demo`: everything once, in about two minutes, with no data at hand.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type DemoEvent, runDemo } from "../../node/demo.ts";
import { formatDuration } from "../duration.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { openProgress } from "../progress.ts";
import { commandLine } from "../shell.ts";
import { positiveNumber, wholeNumber } from "../values.ts";
import { trainingDisplay } from "./train.ts";

interface DemoArguments {
  readonly out?: string;
  readonly minutes: number;
  readonly seed: number;
  readonly size: number;
}

const FOLDER = "demo";

/** The first of demo, demo-2, demo-3, ... that does not exist. */
function freshFolder(): string {
  let folder = FOLDER;
  for (let i = 2; existsSync(folder); i++) folder = `${FOLDER}-${i}`;
  return folder;
}

function pictureSide(text: string): number {
  const side = wholeNumber(8)(text);
  if (side % 4 !== 0 || side > 64) throw new InvalidArgumentError("Expected a multiple of 4 from 8 to 64.");
  return side;
}

export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "train a small network on drawn cat faces and draw pictures: no data needed, about two minutes",
    )
    .option("--out <DIR>", `folder for the run and the pictures; by default a new ${FOLDER} here`)
    .addOption(
      new Option("--minutes <M>", "time for all of it; more time makes better cats")
        .argParser(positiveNumber)
        .default(2),
    )
    .addOption(new Option("--seed <N>", "of every random number").argParser(wholeNumber(0)).default(0))
    .addOption(new Option("--size <N>", "side of the pictures in pixels").argParser(pictureSide).default(16))
    .action(async ({ out = freshFolder(), minutes, seed, size }: DemoArguments) => {
      const training = openProgress("training");
      const sampling = openProgress("drawing");
      const interrupt = listenForInterrupt(() => training.say("Stopping; Ctrl-C once more ends at once."));
      const began = performance.now();
      const show = trainingDisplay(training, join(out, "run"));
      const onEvent = (event: DemoEvent) => {
        if (event.type === "measuring") {
          training.say(
            "Cat faces are drawn by a program; a network that starts from nothing learns to draw its own.",
          );
          training.say("Measuring how fast it learns here ...");
        } else if (event.type === "planned") {
          const pace = `${(1000 * event.secondsPerStep).toFixed(0)} ms a step`;
          training.say(`${pace}: ${event.steps} steps fit into ${formatDuration(60 * minutes)}.`);
        } else if (event.type === "sampling") {
          training.end();
          sampling.update(event.done, event.total);
        } else if (event.event.type !== "finished") show(event.event);
      };
      try {
        const { run, stopped, pictures } = await runDemo({
          ...{ out, minutes, seed, size, onEvent },
          signal: interrupt.signal,
        });
        sampling.end();
        if (stopped) return;
        sampling.say(`\nDone in ${formatDuration((performance.now() - began) / 1000)}. The pictures:`);
        for (const { file, what } of pictures) sampling.say(`  ${file}  ${what}`);
        sampling.say(
          [
            "\nWhat to try next:",
            commandLine(
              "sample",
              "--model",
              run,
              "--solver",
              "heun",
              "--steps",
              "32",
              "--seed",
              "7",
              "--out",
              "more.png",
            ),
            commandLine("export", "--model", run, "--format", "onnx", "--out", "onnx"),
            commandLine("train", "--data", "YOUR_IMAGES", "--size", "32", "--out", "runs/mine"),
          ].join("\n  "),
        );
      } finally {
        training.end();
        sampling.end();
        interrupt.release();
      }
    });
}
