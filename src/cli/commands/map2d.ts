/**
 * `deblend map2d`: the paper's figures in the plane, computed.
 */
import { Command, InvalidArgumentError } from "commander";
import { DeblendError } from "../../errors.ts";
import { readDensity, writeMap2d } from "../../node/map2d.ts";
import { checkOutputFile } from "../../node/outputs.ts";
import { type Density, densities } from "../../theory/index.ts";
import { pngFile, wholeNumber } from "../values.ts";

interface Map2dArguments {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly number[];
  readonly points: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
}

const names = [...densities.keys()];
const MOST_STEPS = 10_000;

function stepList(text: string): number[] {
  const steps = text.split(",").map(Number);
  if (steps.length > 8 || steps.some((n) => !Number.isInteger(n) || n < 1 || n > MOST_STEPS)) {
    throw new InvalidArgumentError(
      `Expected up to 8 whole numbers from 1 to ${MOST_STEPS}, separated by commas.`,
    );
  }
  return steps;
}

/** A density by name, or a grayscale image by path. */
async function densityOf(word: string, option: string): Promise<Density> {
  const known = densities.get(word);
  if (known !== undefined) return known;
  if (/\.(png|jpe?g|webp)$/i.test(word)) return readDensity(word);
  throw new DeblendError(
    `${option} ${word} is not a density: choose ${names.join(", ")}, or give a PNG, JPEG or WebP file (dark is probable).`,
  );
}

export function map2dCommand(): Command {
  const known = `${names.join(", ")}, or an image file`;
  return new Command("map2d")
    .description("draw how points of one shape are mapped to another, and how random paths collapse to one")
    .option("--from <SHAPE>", `p0: ${known}`, "triangle")
    .option("--to <SHAPE>", `p1: ${known}`, "square")
    .option("--steps <LIST>", "numbers of steps T, a column each", stepList, [1, 2, 10, 1000])
    .option("--points <N>", "points that are carried", wholeNumber(1), 600)
    .option("--seed <N>", "seed of every random number", wholeNumber(0), 0)
    .requiredOption("--out <FILE>", "the figure, a PNG", pngFile)
    .option("--json", "print what was measured as one JSON object to stdout")
    .action(async ({ from, to, steps, points, seed, out, json = false }: Map2dArguments) => {
      const [p0, p1] = [await densityOf(from, "--from"), await densityOf(to, "--to")];
      await checkOutputFile(out);
      const report = await writeMap2d(out, { p0, p1, steps, points, seed });
      if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else {
        const spread = report.spread.map((row) => `T = ${row.steps}: ${row.spread.toFixed(3)}`).join(", ");
        process.stderr.write(`${out}\nspread of the random paths' ends: ${spread}\n`);
      }
    });
}
