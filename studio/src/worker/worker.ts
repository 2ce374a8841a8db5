/**
 * The worker's side of the protocol: loads the code of an operation when it is first asked for, and runs it.
 */
import { DeblendError, messageOf } from "../../../src/errors.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations/index.ts";
import type { ToPage, ToWorker } from "./protocol.ts";
import { transferList } from "./transfer.ts";
import { nextTurn } from "./turn.ts";

const running = new Map<number, AbortController>();
/** How long an operation may compute before it lets messages in. */
const BREATH_MS = 12;

const post = (message: ToPage, content?: unknown) =>
  postMessage(message, { transfer: transferList(content) });

async function start({ id, name, request }: Extract<ToWorker, { type: "start" }>): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  running.set(id, controller);
  let breathed = performance.now();
  const breathe = async () => {
    if (performance.now() - breathed > BREATH_MS) {
      await nextTurn();
      breathed = performance.now();
    }
    signal.throwIfAborted();
  };
  try {
    const { run } = await operations[name]();
    const emit = (event: unknown) => {
      if (!signal.aborted) post({ type: "event", id, event }, event);
    };
    // The page's types pair each name with its own request; here they are data.
    const result = await (run as Operation<unknown, unknown, unknown>)(request, { signal, emit, breathe });
    if (!signal.aborted) post({ type: "result", id, result }, result);
  } catch (thrown) {
    // Nobody waits for what was cancelled.
    if (signal.aborted) return;
    if (!(thrown instanceof DeblendError)) console.error(thrown);
    post({ type: "failure", id, message: messageOf(thrown), isUsers: thrown instanceof DeblendError });
  } finally {
    running.delete(id);
  }
}

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "start") void start(data);
  else running.get(data.id)?.abort();
});
