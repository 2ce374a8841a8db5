/**
 * A run on the disk, trained in a process of its own: what `trainRun` does, for a program that trains several.
 *
 * The runtime makes tiny numbers count as zero on the thread that calls it only with the first session of a process (see
 * src/runtime/blockSize.ts): later runs of one process would train many times more slowly once such numbers appear.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DeblendError } from "../errors.ts";
import type { RunConfigInput } from "../training/config.ts";
import type { RunEvent } from "./events.ts";
import { openInbox } from "./inbox.ts";
import { resolvedConfig, type TrainRunOptions } from "./train.ts";
import type { TrainProcessMessage, TrainProcessRequest } from "./trainProcess.ts";

/** Milliseconds that a process has to end after its last word. */
const PATIENCE = 5000;

type Message = TrainProcessMessage | { readonly ended: string };

/**
 * Trains, and tells about it; leaving the loop over the events ends the process, and so does the end of this one.
 *
 * @throws DeblendError as `trainRun` does, and where the process is ended from outside
 */
export async function* trainApart(
  config: Partial<RunConfigInput>,
  { signal, ...options }: TrainRunOptions,
): AsyncGenerator<RunEvent, void, void> {
  // A bad configuration needs no process to be refused.
  await resolvedConfig(config, options);
  const child = fork(fileURLToPath(new URL("./trainProcess.js", import.meta.url)), [], {
    // As objects are passed between threads: a loss need not be a finite number.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const inbox = openInbox<Message>();
  child.on("message", (message) => inbox.push(message as TrainProcessMessage));
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      inbox.push({ ended: error.message });
      resolve();
    });
    child.once("exit", (code, by) => {
      inbox.push({ ended: by === null ? `with code ${code}` : `by ${by}` });
      resolve();
    });
  });
  const send = (request: TrainProcessRequest) => {
    if (child.connected) child.send(request, () => undefined);
  };
  const stop = () => send("stop");
  send({ config, ...options });
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  let ending = false;
  try {
    for (;;) {
      const message = await inbox.take();
      if ("event" in message) yield message.event;
      else {
        ending = !("ended" in message);
        if ("done" in message) return;
        throw asError(message);
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // It ends by itself after its last word, and is ended where nobody wants to hear it.
    const killing = setTimeout(() => child.kill("SIGKILL"), ending ? PATIENCE : 0);
    await gone;
    clearTimeout(killing);
  }
}

function asError(message: Exclude<Message, { event: unknown } | { done: true }>): Error {
  if ("ended" in message) {
    return new DeblendError(
      `The process that trained the run ended ${message.ended}, perhaps because memory ran out: resume the run, with a smaller batch if it ends again.`,
    );
  }
  const { message: sentence, stack, expected } = message.error;
  if (expected) return new DeblendError(sentence);
  const error = new Error(sentence);
  if (stack !== undefined) error.stack = stack;
  return error;
}
