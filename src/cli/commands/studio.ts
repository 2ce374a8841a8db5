/**
 * `deblend studio`: serves the page and the runs of a folder, and trains.
 */
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { messageOf } from "../../errors.ts";
import { serveStudio } from "../../node/server/index.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { wholeNumber } from "../values.ts";

interface StudioArguments {
  readonly runs: string;
  readonly port: number;
  readonly host?: string;
  readonly data?: string;
  readonly open: boolean;
}

const PORT = 4242;
const LARGEST_PORT = 65_535;

function portNumber(text: string): number {
  const port = wholeNumber(0)(text);
  if (port > LARGEST_PORT) throw new InvalidArgumentError(`Expected a port from 0 to ${LARGEST_PORT}.`);
  return port;
}

export function studioCommand(): Command {
  return new Command("studio")
    .description("open the studio in a browser: the paper as a living page, and training with live curves")
    .option("--runs <DIR>", "folder of the runs; made if it is missing", "runs")
    .addOption(
      new Option("--port <N>", "where the page is served; 0 for any free one")
        .argParser(portNumber)
        .default(PORT),
    )
    .option(
      "--host <HOST>",
      "address or name of this machine, to be reached from others: then every request needs the token that is printed",
    )
    .option(
      "--data <DIR>",
      "train only on images below this folder; without it any path of this machine may be named, or with --host only built-in pictures",
    )
    .option("--no-open", "do not open a browser")
    .action(async ({ runs, port, host, data, open: opens }: StudioArguments) => {
      const say = (line: string) => process.stderr.write(`${line}\n`);
      const server = await serveStudio({
        ...{ runs: resolve(runs), port, host, data },
        onProblem: (thrown) =>
          say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
      });
      const interrupt = listenForInterrupt(() => {
        const running = server.training();
        if (running === 0) return;
        say(
          `Stopping ${running === 1 ? "the run" : `${running} runs`} and saving; Ctrl-C once more ends at once.`,
        );
      });
      process.stdout.write(`${server.url}\n`);
      say(`The studio, with the runs of ${server.runs}. Ctrl-C ends it.`);
      if (host !== undefined) {
        say(
          "Whoever has this address can train on this machine. The connection is not encrypted, and browsers give such a page neither WebGPU nor threads; a tunnel (ssh -L) has none of these limits.",
        );
      }
      if (opens && process.stdout.isTTY) {
        const problem = (thrown: unknown) => say(`No browser could be opened: ${messageOf(thrown)}.`);
        const { default: openBrowser } = await import("open");
        await openBrowser(server.url).then((child) => child.on("error", problem), problem);
      }
      await new Promise<void>((done) => {
        if (interrupt.signal.aborted) done();
        else interrupt.signal.addEventListener("abort", () => done(), { once: true });
      });
      await server.close();
      interrupt.release();
    });
}
