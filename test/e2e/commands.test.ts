/**
 * What every command owes its caller: help, a refusal of unknown flags, and JSON where it offers `--json`.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command, Option } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { initialise, parseUNetConfig, unet } from "../../src/networks/index.ts";
import { saveModelFolder } from "../../src/node/modelFolder.ts";
import { openWorkplace, QUICK } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

const folder = join(import.meta.dirname, "../../src/cli/commands");
const commands: Command[] = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
  const name = `${basename(file, ".ts")}Command`;
  const module = (await import(/* @vite-ignore */ join(folder, file))) as Record<string, () => Command>;
  const make = module[name];
  if (make === undefined) throw new Error(`${file} should export ${name}.`);
  commands.push(make());
}

/** A word that an option takes. */
const valueFor = ({ argChoices, required }: Option) => (required ? [argChoices?.[0] ?? "1.png"] : []);
/** The least that a command can be called with. */
const least = (command: Command) => [
  command.name(),
  ...command.registeredArguments.filter(({ required }) => required).map(() => "path"),
  ...command.options.filter(({ mandatory }) => mandatory).flatMap((o) => [o.long ?? "", ...valueFor(o)]),
];

it("the command lists every one of them, and no other", async () => {
  const { code, stdout } = await place.run("--help");
  expect(code).toBe(0);
  const [, list = ""] = stdout.split("Commands:\n");
  const names = [...list.matchAll(/^ {2}([a-z][a-z0-9]*)/gm)].map(([, name]) => name);
  expect(names.filter((name) => name !== "help").sort()).toEqual(commands.map((c) => c.name()).sort());
});

describe.each(commands.map((command) => [command.name(), command] as const))(
  "deblend %s",
  (name, command) => {
    it("prints its help, with every option, and ends well", async () => {
      const { code, stdout, stderr } = await place.run(name, "--help");
      expect(stdout).toContain(`Usage: deblend ${name}`);
      for (const { long, description } of command.options) {
        expect(stdout).toContain(long);
        expect(description.length, long ?? "").toBeGreaterThan(5);
      }
      expect(stderr).toBe("");
      expect(code).toBe(0);
    });

    it("refuses a flag that it does not know, and does nothing", async () => {
      const before = readdirSync(place.folder);
      const { code, stdout, stderr } = await place.run(...least(command), "--no-such-flag");
      expect(stderr).toMatch(/^error: unknown option '--no-such-flag'/);
      expect(stdout).toBe("");
      expect(code).toBe(2);
      expect(readdirSync(place.folder)).toEqual(before);
    });

    it.skipIf(!command.options.some(({ mandatory }) => mandatory))(
      "says which option must be given",
      async () => {
        const { code, stderr } = await place.run(
          ...least(command)
            .filter((word) => !word.startsWith("--"))
            .slice(0, 1 + command.registeredArguments.length),
        );
        expect(stderr).toMatch(/^error: required option '--[a-z]+ <[A-Z]+>' not specified/);
        expect(code).toBe(2);
      },
    );
  },
);

describe("--json", () => {
  const withJson = () => commands.filter((c) => c.options.some(({ long }) => long === "--json"));
  // Not before it is needed: the tests above look at what there is in the folder.
  let making: Promise<void> | undefined;
  const made = () => {
    making ??= make();
    return making;
  };
  const make = async () => {
    const config = { sample_size: 8, block_out_channels: [4], norm_num_groups: 2, add_attention: false };
    const blocks = { down_block_types: ["DownBlock2D"], up_block_types: ["UpBlock2D"], layers_per_block: 1 };
    const network = unet(parseUNetConfig({ ...config, ...blocks }));
    await saveModelFolder(place.path("model"), { network, weights: initialise(network, 1) });
    const inputs = new Map([
      ["x_alpha", { shape: [1, 3, 8, 8], data: new Float32Array(192) }],
      ["alpha", { shape: [1], data: Float32Array.of(0.5) }],
    ]);
    writeFileSync(place.path("in.safetensors"), Buffer.concat(encodeSafetensors(inputs)));
    // Another seed, because the training below is to draw pictures of its own.
    const task = ["--task", "superres:2", "--hold-out", "1000", "--seed", "7"];
    const { code, stderr } = await place.run("train", ...QUICK, ...task, "--steps", "1", "--out", "upscaler");
    if (code !== 0) throw new Error(stderr);
  };

  /** A call of each command, and something that its JSON says. */
  const CALLS: Readonly<Record<string, readonly [words: readonly string[], says: object]>> = {
    sample: [
      ["--model", "model", "--count", "2", "--steps", "2", "--out", "s.png"],
      { shape: [2, 3, 8, 8], out: "s.png" },
    ],
    evaluate: [
      ["--model", "upscaler", "--count", "2", "--steps", "2"],
      { task: "superres:2", heldOut: true, pictures: 2 },
    ],
    predict: [
      ["--model", "model", "--input", "in.safetensors", "--output", "out.safetensors"],
      { shape: [1, 3, 8, 8], output: "out.safetensors" },
    ],
    import: [["model", "--out", "imported"], { out: "imported" }],
    export: [["--model", "model", "--format", "diffusers", "--out", "exported"], { path: "exported" }],
    inspect: [["model"], { kind: "model folder (diffusers)" }],
    map2d: [
      ["--points", "4", "--steps", "1,2", "--out", "m.png"],
      { file: "m.png", spread: [{ steps: 1 }, { steps: 2 }] },
    ],
    bench: [["--model", "net.json", "--batch", "1", "--repeats", "1"], { batch: 1 }],
  };

  it("is tried here with every command that has it", () => {
    expect(Object.keys(CALLS).concat("train").sort()).toEqual(
      withJson()
        .map((c) => c.name())
        .sort(),
    );
  });

  it.each(Object.entries(CALLS))(
    "of %s is one object on stdout, with nothing on stderr",
    async (name, [words, says]) => {
      await made();
      const { code, stdout, stderr } = await place.run(name, ...words, "--json");
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(says);
    },
  );

  it("of train is one object a line, from the data to the end", async () => {
    const { code, stdout, stderr } = await place.run(
      "train",
      ...QUICK,
      "--steps",
      "3",
      "--out",
      "run",
      "--json",
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    // Steps are told now and then only.
    const types = new Set(events.map(({ type }) => type).filter((type) => type !== "step"));
    expect(types).toEqual(new Set(["decoding", "data", "started", "progress", "checkpoint", "finished"]));
    expect(events.at(-1)).toMatchObject({ type: "finished", step: 3 });
  });

  it("prints nothing to stdout where something is wrong", async () => {
    const { code, stdout, stderr } = await place.run(
      "sample",
      "--model",
      "nowhere",
      "--out",
      "x.png",
      "--json",
    );
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^deblend: [^\n]+\.\n$/);
    expect(code).toBe(1);
  });
});
