/**
 * The page's side of the protocol: starts workers when they are first needed, and operations in them.
 *
 * Two workers run the same script: theory in one, networks in the other, so that figures answer while a network trains.
 */
import { DeblendError } from "../../../src/index.ts";
import type { EventOf, OperationName, RequestOf, ResultOf, ToPage, ToWorker } from "./protocol.ts";
import { transferList } from "./transfer.ts";

export interface RunOptions<Name extends OperationName> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EventOf<Name>) => void;
}

export interface WorkerClient {
  /**
   * Runs an operation.
   *
   * @throws DeblendError for what a person can put right; the signal's reason when cancelled
   */
  run<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options?: RunOptions<Name>,
  ): Promise<ResultOf<Name>>;
}

interface Pending {
  event(event: unknown): void;
  resolve(result: unknown): void;
  reject(thrown: unknown): void;
}

function openClient(name: string): WorkerClient {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const open = () => {
    const opened = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name });
    opened.onmessage = ({ data }: MessageEvent<ToPage>) => {
      const waiting = pending.get(data.id);
      if (data.type === "event") return waiting?.event(data.event);
      pending.delete(data.id);
      if (data.type === "result") waiting?.resolve(data.result);
      else waiting?.reject(data.isUsers ? new DeblendError(data.message) : new Error(data.message));
    };
    opened.onerror = ({ message }) => {
      // The script itself failed: nothing in progress can end, and the next operation starts a fresh worker.
      worker = undefined;
      for (const { reject } of pending.values())
        reject(new Error(`The worker failed: ${message || "its script could not be loaded"}`));
      pending.clear();
    };
    return opened;
  };
  const post = (message: ToWorker, moves: Transferable[] = []) => {
    worker ??= open();
    worker.postMessage(message, moves);
  };

  return {
    run: <Name extends OperationName>(
      operation: Name,
      request: RequestOf<Name>,
      { signal, onEvent }: RunOptions<Name> = {},
    ) =>
      new Promise<ResultOf<Name>>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const id = ++lastId;
        signal?.addEventListener("abort", () => {
          if (!pending.delete(id)) return;
          post({ type: "cancel", id });
          reject(signal.reason);
        });
        pending.set(id, {
          event: (event) => onEvent?.(event as EventOf<Name>),
          resolve: (result) => resolve(result as ResultOf<Name>),
          reject,
        });
        post({ type: "start", id, name: operation, request }, transferList(request));
      }),
  };
}

/** Computes figures of the theory. */
export const theoryWorker = openClient("theory");

/** Trains networks and samples from them. */
export const modelWorker = openClient("models");
