#!/usr/bin/env node
/**
 * The `deblend` command: finds the subcommand, runs it and turns what went wrong into one sentence and an exit code.
 *
 * 0 done, 1 something could not be done (one sentence on stderr), 2 wrong usage, 130 stopped by Ctrl-C. Only the module of
 * the subcommand that is called is loaded, so that every one starts fast.
 */
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { DeblendError } from "../errors.ts";

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import("./commands/demo.ts")).demoCommand(),
  train: async () => (await import("./commands/train.ts")).trainCommand(),
  sample: async () => (await import("./commands/sample.ts")).sampleCommand(),
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluateCommand(),
  predict: async () => (await import("./commands/predict.ts")).predictCommand(),
  import: async () => (await import("./commands/import.ts")).importCommand(),
  export: async () => (await import("./commands/export.ts")).exportCommand(),
  inspect: async () => (await import("./commands/inspect.ts")).inspectCommand(),
  map2d: async () => (await import("./commands/map2d.ts")).map2dCommand(),
  studio: async () => (await import("./commands/studio.ts")).studioCommand(),
  bench: async () => (await import("./commands/bench.ts")).benchCommand(),
};

/** Exit codes of what commander itself ends with. */
const WANTED = new Set(["commander.helpDisplayed", "commander.version"]);

async function main(argv: readonly string[]): Promise<void> {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  const program = new Command("deblend")
    .description(
      "Iterative alpha-(de)Blending: train, run and export deterministic diffusion models. Start with: deblend demo",
    )
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("(add --help to see what there is)")
    .exitOverride();

  const called = argv.find((word) => !word.startsWith("-"));
  const load = called === undefined || !Object.hasOwn(commands, called) ? undefined : commands[called];
  for (const make of load === undefined ? Object.values(commands) : [load]) {
    const command = await make();
    program.addCommand(command.copyInheritedSettings(program));
  }
  await program.parseAsync([...argv], { from: "user" });
}

// A reader that has seen enough (`| head`) closes the pipe: that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    process.exitCode ??= WANTED.has(thrown.code) ? 0 : 2;
  } else if (thrown instanceof DeblendError) {
    // Names in damaged or hostile files may hold anything; a terminal would obey their control characters.
    process.stderr.write(`deblend: ${thrown.message.replace(/\p{Cc}+/gu, " ")}\n`);
    process.exitCode ??= 1;
  } else {
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    process.stderr.write(`deblend: this should not have happened, please report it.\n${detail}\n`);
    process.exitCode ??= 1;
  }
}
