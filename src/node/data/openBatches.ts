/**
 * Batches prepared ahead in a worker thread, in a fixed set of arrays that go round.
 */
import { Worker } from "node:worker_threads";
import { emptyBatch, type TrainingBatch } from "../../data/index.ts";
import { DeblendError } from "../../errors.ts";
import { type BatchReply, type BatchRequest, type BatchWorkerData, buffersOf } from "./batchMessages.ts";

export interface BatchQueue {
  /**
   * Batch k; ask for `from`, `from` + 1 and so on. Its arrays are yours until `recycle`.
   *
   * @throws DeblendError where the images cannot be read, or k is not the next one
   */
  next(k: number): Promise<TrainingBatch>;
  /** Gives the arrays back, to be filled with a batch to come. */
  recycle(batch: TrainingBatch): void;
  /** Ends the worker; resolves when it is gone. */
  close(): Promise<void>;
}

export interface QueueOptions extends BatchWorkerData {
  /** Of one picture of the set. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** The first batch that will be asked for. */
  readonly from: number;
  /** Batches prepared ahead, 4 by default. */
  readonly ahead?: number;
}

interface Waiter {
  resolve(batch: TrainingBatch): void;
  reject(error: Error): void;
}

/** Starts the worker; it begins with batch `from` at once. */
export function openBatches({ shape, from, ahead = 4, ...data }: QueueOptions): BatchQueue {
  const worker = new Worker(new URL("./batchWorker.js", import.meta.url), { workerData: data });
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const ready = new Map<number, TrainingBatch>();
  const waiting = new Map<number, Waiter>();
  let failure: Error | undefined;
  let requested = from;
  let asked = from;

  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on("message", (reply: BatchReply) => {
    if ("error" in reply)
      return fail(reply.isUserError ? new DeblendError(reply.error) : new Error(reply.error));
    const waiter = waiting.get(reply.k);
    waiting.delete(reply.k);
    if (waiter) waiter.resolve(reply.batch);
    else ready.set(reply.k, reply.batch);
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () =>
    fail(new DeblendError("The batches were closed, so there is no next one: open them again.")),
  );

  const post = (request: BatchRequest, transfer: ArrayBuffer[] = []) => worker.postMessage(request, transfer);
  const request = (out: TrainingBatch) => {
    if (failure !== undefined) return;
    post({ k: requested, out }, buffersOf(out));
    requested += 1;
  };
  for (let i = 0; i < ahead; i++) request(emptyBatch(shape, data.batch, data));

  return {
    next: async (k) => {
      if (failure !== undefined) throw failure;
      if (k !== asked || k >= requested) {
        throw new DeblendError(
          k === asked
            ? `Batch ${k} has no arrays to be prepared in: recycle the ones before it first.`
            : `Batch ${k} was asked for, but the next one is ${asked}: open the batches from ${k} instead.`,
        );
      }
      asked += 1;
      const batch = ready.get(k);
      if (batch === undefined) return new Promise((resolve, reject) => waiting.set(k, { resolve, reject }));
      ready.delete(k);
      return batch;
    },
    recycle: request,
    close: async () => {
      post("close");
      await gone;
    },
  };
}
