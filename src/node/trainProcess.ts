/**
 * The process that trains one run for another one (see trainApart.ts), and ends with it.
 *
 * Ctrl-C in a terminal reaches every process of the group, this one too: it stops the run in good order, which the other
 * process asks for anyway. Where that process is gone, nobody can stop the run any more, so it ends at once; its last
 * checkpoint stays.
 */
import { DeblendError } from "../errors.ts";
import type { RunConfigInput } from "../training/config.ts";
import type { RunEvent } from "./events.ts";
import { type TrainRunOptions, trainRun } from "./train.ts";

/** What to train; the first message to this process. */
export interface TrainOrder extends Omit<TrainRunOptions, "signal"> {
  readonly config: Partial<RunConfigInput>;
}

/** To this process. */
export type TrainProcessRequest = TrainOrder | "stop";

/** From this process: events, or why there are no more. */
export type TrainProcessMessage =
  | { readonly event: RunEvent }
  | {
      readonly error: {
        readonly message: string;
        readonly stack?: string | undefined;
        readonly expected: boolean;
      };
    }
  | { readonly done: true };

/** Waits until the message is on its way. */
const tell = (message: TrainProcessMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });

const stop = new AbortController();
const endAtOnce = () => process.kill(process.pid, "SIGKILL");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
process.once("disconnect", endAtOnce);

async function train({ config, ...options }: TrainOrder): Promise<void> {
  try {
    for await (const event of trainRun(config, { ...options, signal: stop.signal })) await tell({ event });
    await tell({ done: true });
  } catch (thrown) {
    const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    await tell({ error: { message, stack, expected: thrown instanceof DeblendError } });
  }
  process.off("disconnect", endAtOnce);
  process.disconnect();
}

process.on("message", (request: TrainProcessRequest) => {
  if (request === "stop") stop.abort();
  else void train(request);
});
