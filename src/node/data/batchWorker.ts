/**
 * The worker thread that prepares batches: asked for batch k with arrays to fill, it sends them back filled.
 */
import { parentPort, workerData } from "node:worker_threads";
import { batchMaker } from "../../data/index.ts";
import { DeblendError, messageOf } from "../../errors.ts";
import { type BatchReply, type BatchRequest, type BatchWorkerData, buffersOf } from "./batchMessages.ts";
import { openCache } from "./cache.ts";

/** Serves requests until told to close. */
async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const { cacheFile, ...options } = workerData as BatchWorkerData;
  const reply = (message: BatchReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const fail = (thrown: unknown) =>
    reply({
      error:
        thrown instanceof DeblendError
          ? thrown.message
          : String((thrown as Error)?.stack ?? messageOf(thrown)),
      isUserError: thrown instanceof DeblendError,
    });
  try {
    const cached = await openCache(cacheFile);
    if (cached === undefined) {
      throw new DeblendError(`The image cache ${cacheFile} is missing or damaged: open the images again.`);
    }
    const make = batchMaker(cached.dataset, options);
    port.on("message", (request: BatchRequest) => {
      if (request === "close") {
        cached.close();
        port.close();
        return;
      }
      try {
        make(request.k, request.out);
        reply({ k: request.k, batch: request.out }, buffersOf(request.out));
      } catch (thrown) {
        fail(thrown);
      }
    });
  } catch (thrown) {
    fail(thrown);
    port.close();
  }
}

if (parentPort) await serve(parentPort);
