/**
 * Wrong input ends in one sentence and an exit code, never in a stack trace.
 */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

beforeAll(() => {
  mkdirSync(place.path("empty"));
  mkdirSync(place.path("used"));
  mkdirSync(place.path("folder.png"));
  writeFileSync(place.path("used", "something"), "");
  writeFileSync(place.path("file"), "");
  writeFileSync(place.path("broken.json"), "{");
  writeFileSync(place.path("other.json"), JSON.stringify({ block_out_channels: [4] }));
  writeFileSync(place.path("bad.safetensors"), "nothing");
});

type Case = [what: string, words: string[], sentence: string];
const train = ["train", "--data", "builtin:cats", "--out", "new"];
const quick = ["train", ...QUICK, "--steps", "2"];

type Wrong = [what: string, words: string[], sentence: string | RegExp];

describe("wrong usage", () => {
  it.each<Wrong>([
    ["an unknown command", ["trian"], "unknown command 'trian'"],
    ["no command", [], "Usage: deblend"],
    ["an unknown option", [...train, "--learning-rat", "1"], "unknown option '--learning-rat'"],
    ["a word too many", [...train, "more"], "too many arguments"],
    ["no run folder", ["train", "--data", "x"], "--out <RUN>' not specified"],
    ["no data", ["train", "--out", "new"], "option '--data': it must be given"],
    ["no images in a batch", [...train, "--batch", "0"], "option '--batch': expected more than 0, but got 0"],
    ["half a step", [...train, "--steps", "1.5"], "option '--steps': expected a whole number, but got 1.5"],
    [
      "a step too many to count",
      [...train, "--steps", "1e20"],
      "option '--steps': expected a smaller number",
    ],
    [
      "a seed beyond all seeds",
      [...train, "--seed", "1e20"],
      "option '--seed': expected less than 4503599627370496",
    ],
    [
      "a word for a number",
      [...train, "--learning-rate", "fast"],
      "option '--learning-rate': expected a number, but got \"fast\"",
    ],
    [
      "half a size",
      [...train, "--size", "8x"],
      "option '--size': expected a side in pixels, or HEIGHTxWIDTH, but got \"8x\"",
    ],
    ["no width", [...train, "--size", "8x0"], "option '--size': expected more than 0, but got [8,0]"],
    ["an unknown choice", [...train, "--channels", "cmyk"], "Allowed choices are rgb, gray"],
    ["an unknown network", [...train, "--model", "huge"], "expected official, small, tiny"],
    ["a size that the network cannot take", [...train, "--size", "30"], "multiples"],
    ["nothing to write", ["sample", "--model", "x"], "nothing would be written"],
    [
      "an unknown solver",
      ["sample", "--model", "x", "--out", "y.png", "--solver", "z"],
      "Allowed choices are euler",
    ],
    [
      "no samples",
      ["sample", "--model", "x", "--out", "y.png", "--count", "0"],
      "Expected a whole number from 1",
    ],
    ["too many threads", [...train, "--threads", "100000"], "option '--threads': expected at most 1024"],
    [
      "more threads than this machine can use",
      [...train, "--threads", "1024"],
      /option '--threads': this machine can use at most \d+, but got 1024; 0 is one a core/,
    ],
    [
      "too many threads to sample with",
      ["sample", "--model", "x", "--out", "y.png", "--threads", "100000"],
      /--threads <N>' argument '100000' is invalid\. Expected a whole number from 1 to \d+/,
    ],
    ...(["sample", "evaluate", "map2d"] as const).map(
      (name): Wrong => [
        `a picture of another kind from ${name}`,
        [name, ...(name === "map2d" ? [] : ["--model", "x"]), "--out", "s.txt"],
        "argument 's.txt' is invalid. Expected the name of a PNG file, ending in .png.",
      ],
    ),
    [
      "an unknown format",
      ["export", "--model", "x", "--out", "y", "--format", "z"],
      "Allowed choices are diffusers",
    ],
  ])("%s", async (_, words, sentence) => {
    const { code, stderr, stdout } = await place.run(...words);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(sentence === "multiples" ? 1 : 2);
  });
});

describe("what cannot be done", () => {
  it.each<Case>([
    ["data that are not there", [...quick, "--data", "nowhere", "--out", "new"], "nowhere"],
    ["an empty folder", [...quick, "--data", "empty", "--out", "new"], "empty holds no"],
    ["an unknown built-in set", [...quick, "--data", "builtin:dogs", "--out", "new"], "choose cats"],
    ["a run folder in use", [...quick, "--out", "used"], "--resume"],
    ["a run folder that is a file", [...quick, "--out", "file"], "file"],
    ["a run folder below a file", [...quick, "--out", "file/run"], "file/run"],
    ...(process.platform === "linux"
      ? [
          [
            "a run folder in /proc",
            [...quick, "--out", "/proc/x/run"],
            "/proc/x/run: there is no such",
          ] as Case,
        ]
      : []),
    [
      "a network's configuration that is no JSON",
      [...quick, "--model", "broken.json", "--out", "new"],
      "broken.json",
    ],
    // Judged before anything else: the model is not even looked for.
    ["a picture that is a folder", ["sample", "--model", "x", "--out", "folder.png"], "folder.png: it is a"],
    [
      "a picture below a file",
      ["sample", "--model", "x", "--out", "file/s.png"],
      "write file/s.png: a part of",
    ],
    ["pictures in a file", ["sample", "--model", "x", "--each", "file"], "write file: a part of the path"],
    [
      "a trajectory below a file",
      ["sample", "--model", "x", "--trajectory", "file/t.png"],
      "write file/t.png: a part of",
    ],
    [
      "a sheet below a file",
      ["evaluate", "--model", "x", "--out", "file/s.png"],
      "write file/s.png: a part of",
    ],
    [
      "a prediction below a file",
      ["predict", "--model", "x", "--input", "i", "--output", "file/p"],
      "write file/p: a part of",
    ],
    ["resuming nothing", ["train", "--out", "nowhere", "--resume"], "nowhere is not the folder of a run"],
    ["a model that is not there", ["sample", "--model", "nowhere", "--out", "x.png"], "nowhere"],
    ["a folder that is no model", ["sample", "--model", "empty", "--out", "x.png"], "empty"],
    [
      "a broken file",
      ["predict", "--model", "empty", "--input", "bad.safetensors", "--output", "x"],
      "empty",
    ],
  ])("%s", async (_, words, sentence) => {
    const { code, stderr, stdout } = await place.run(...words);
    expect(stderr).toContain(sentence);
    expect(stderr).toMatch(/deblend: .*\.\n$/);
    expect(stderr).not.toContain("    at ");
    expect(stdout).toBe("");
    expect(code).toBe(1);
    expect(existsSync(place.path("new"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("a folder that may not be written to", async () => {
    mkdirSync(place.path("locked"));
    chmodSync(place.path("locked"), 0o500);
    const { code, stderr } = await place.run(...quick, "--out", "locked/run");
    expect(stderr).toContain("may not write");
    expect(code).toBe(1);
  });
});

it("says its version", async () => {
  expect((await place.run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
