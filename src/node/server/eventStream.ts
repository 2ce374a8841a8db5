/**
 * What happens, as server-sent events: all runs first, then every change.
 *
 * A connection that breaks is opened again by the browser and begins with all runs once more; so no event needs a number
 * or has to be kept for later.
 */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { StudioMessage } from "../../studioApi/index.ts";
import type { RunWatch } from "./runWatch.ts";

/** Milliseconds of silence after which a line is sent, so that a broken connection is noticed on both sides. */
const HEARTBEAT = 15_000;
/** A reader that is this many messages late is cut off, and comes back to the newest state. */
const LATEST = 1000;
/** Milliseconds after which a browser comes back. */
const RETRY = 2000;

/** @param closing ends every stream */
export function streamEvents(c: Context, watch: RunWatch, closing: AbortSignal): Response {
  return streamSSE(c, async (stream) => {
    const queue: StudioMessage[] = [];
    let wake: () => void = () => undefined;
    const ended = () => stream.aborted || stream.closed || closing.aborted;
    const wakeUp = () => wake();
    stream.onAbort(wakeUp);
    closing.addEventListener("abort", wakeUp);
    const stopListening = await watch.listen((message) => {
      queue.push(message);
      wake();
    });
    try {
      await stream.write(`retry: ${RETRY}\n\n`);
      while (!ended() && queue.length < LATEST) {
        const message = queue.shift();
        if (message !== undefined) {
          await stream.writeSSE({ data: JSON.stringify(message) });
          continue;
        }
        let timer: NodeJS.Timeout | undefined;
        const woken = await new Promise<boolean>((resolve) => {
          wake = () => resolve(true);
          timer = setTimeout(() => resolve(false), HEARTBEAT);
        });
        clearTimeout(timer);
        if (!woken) await stream.write(":\n\n");
      }
    } finally {
      stopListening();
      closing.removeEventListener("abort", wakeUp);
    }
  });
}
