/**
 * `deblend train`: trains a model on a set of images, or goes on with a run.
 */
import { existsSync, readFileSync } from "node:fs";
import { Command } from "commander";
import { counted } from "../../counted.ts";
import { DeblendError } from "../../errors.ts";
import { presets } from "../../networks/index.ts";
import type { RunEvent } from "../../node/events.ts";
import { fileErrorReason } from "../../node/files.ts";
import { readRunConfig } from "../../node/run.ts";
import { trainRun } from "../../node/train.ts";
import { ConfigError, type RunConfigInput, runConfigSchema, shapesOfRun } from "../../training/config.ts";
import { formatDuration } from "../duration.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { openProgress, type ProgressDisplay, silentProgress } from "../progress.ts";
import { flagOf, givenOptions, schemaOptions } from "../schemaOptions.ts";
import { commandLine } from "../shell.ts";

interface TrainArguments {
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a model on a set of images; Ctrl-C saves and --resume goes on")
    .requiredOption("--out <RUN>", "folder of the run: configuration, metrics, checkpoints, samples")
    .option("--resume", "go on with the run in --out from its last checkpoint")
    .option("--json", "print one JSON object an event to stdout");
  for (const option of schemaOptions(runConfigSchema)) command.addOption(option);
  return command.action(async (values: TrainArguments & Record<string, unknown>) => {
    const { out, resume = false, json = false } = values;
    const options = readModel(givenOptions(runConfigSchema, values)) as Partial<RunConfigInput>;
    const progress = json ? silentProgress : openProgress("training");
    const show = trainingDisplay(progress, out);
    const interrupt = listenForInterrupt(() =>
      progress.say("Stopping after this step and saving; Ctrl-C once more ends at once."),
    );
    try {
      for await (const event of trainRun(options, { out, resume, signal: interrupt.signal })) {
        if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
        else show(event);
        if (event.type === "finished") progress.say(`To draw samples: ${await samplingCommand(out)}`);
      }
    } catch (thrown) {
      progress.end();
      if (!(thrown instanceof ConfigError)) throw thrown;
      const subject = thrown.key === "" ? "configuration" : `option '${flagOf(thrown.key)}'`;
      command.error(`error: ${subject}: ${thrown.reason}`, { exitCode: 2 });
    } finally {
      progress.end();
      interrupt.release();
    }
  });
}

/** Draws from a run, with what its task needs to be shown. */
async function samplingCommand(run: string): Promise<string> {
  const config = await readRunConfig(run);
  const words = ["sample", "--model", run];
  if (shapesOfRun(config).condition === undefined) return commandLine(...words, "--out", "samples.png");
  const shown = config.holdOut > 0 ? ["--held-out"] : ["--condition", "FILE"];
  return commandLine(...words, ...shown, "--out", "sheet.png");
}

/** `--model FILE.json` means the configuration in that file; the name of a preset is never a file. */
function readModel(options: Record<string, unknown>): Record<string, unknown> {
  const { model } = options;
  if (typeof model !== "string" || Object.hasOwn(presets, model)) return options;
  if (!model.endsWith(".json") && !existsSync(model)) return options;
  try {
    return { ...options, model: JSON.parse(readFileSync(model, "utf8")) as unknown };
  } catch (thrown) {
    throw new DeblendError(
      `The network's configuration ${model} could not be read: ${fileErrorReason(thrown)}.`,
    );
  }
}

/** Names of skipped images that are said before the rest is only counted. */
const NAMED = 10;

/** Shows a run's events to a person. */
export function trainingDisplay(progress: ProgressDisplay, out: string): (event: RunEvent) => void {
  const decoding = openProgress("decoding images");
  let detail: string | undefined;
  return (event) => {
    switch (event.type) {
      case "decoding":
        return decoding.update(event.done, event.total);
      case "note":
        return progress.say(event.message);
      case "data": {
        const { images, skipped, notes } = event;
        decoding.end();
        progress.say(`${counted(images, "image")}.`);
        for (const { name, reason } of skipped.slice(0, NAMED)) progress.say(`Skipped ${name}: ${reason}.`);
        if (skipped.length > NAMED) progress.say(`Skipped ${skipped.length - NAMED} more.`);
        for (const note of notes) progress.say(note);
        return;
      }
      case "started": {
        const from = event.step > 0 ? `, from step ${event.step}` : "";
        return progress.say(
          `A network of ${event.parameters.toLocaleString("en")} parameters on ${event.device}${from}.${isMixed(event.layout) ? ` Its layout is ${event.layout}.` : ""}`,
        );
      }
      case "progress":
        detail = `loss ${event.loss.toPrecision(4)}, ${event.imagesPerSecond.toPrecision(3)} images/s`;
        return progress.update(event.step, event.steps, detail);
      case "step":
        // The last one is told with its loss.
        if (event.step < event.steps) progress.update(event.step, event.steps, detail);
        return;
      case "stopped":
        return progress.say(
          `Stopped at step ${event.step} of ${event.steps}, saved. To go on: ${commandLine("train", "--out", out, "--resume")}`,
        );
      case "finished": {
        const loss = Number.isNaN(event.loss) ? "" : `, loss ${event.loss.toPrecision(4)}`;
        return progress.say(
          `Finished ${counted(event.steps, "step")} in ${formatDuration(event.seconds)}${loss}.`,
        );
      }
      default:
        return;
    }
  };
}

/** Whether a network has convolutions of both layouts: the device's description tells the rest. */
const isMixed = (layout: string) => layout.includes(" for ");
