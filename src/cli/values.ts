/**
 * Words on the command line as values, refused with a sentence where they are none.
 */
import { InvalidArgumentError, Option } from "commander";
import { mostThreads } from "../node/threads.ts";
import { precisions } from "../onnx/index.ts";

/** A whole number from `least`, and up to `most` where that is given. */
export function wholeNumber(least: number, most?: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least || value > (most ?? value)) {
      throw new InvalidArgumentError(
        `Expected a whole number from ${least}${most === undefined ? "" : ` to ${most}`}.`,
      );
    }
    return value;
  };
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

/** A number from 0. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("Expected a number from 0.");
  }
  return value;
}

/** Height and width from `32` or `32x48`. */
export function imageSides(text: string): readonly [number, number] {
  const match = /^([1-9]\d*)(?:x([1-9]\d*))?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected a side in pixels, or HEIGHTxWIDTH.");
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

/** A file to write a picture to. */
export function pngFile(text: string): string {
  if (!/.\.png$/i.test(text))
    throw new InvalidArgumentError("Expected the name of a PNG file, ending in .png.");
  return text;
}

/** How numbers are held where a trained network is computed. */
export function precisionOption(description: string): Option {
  return new Option("--precision <NAME>", description).choices(precisions).default("f32");
}

/** The options of every command that computes. */
export function deviceOptions(): Option[] {
  return [
    new Option("--device <NAME>", "where to compute").choices(["cpu", "webgpu"]).default("cpu"),
    new Option("--threads <N>", "CPU threads; one a core by default").argParser(
      wholeNumber(1, mostThreads()),
    ),
  ];
}
