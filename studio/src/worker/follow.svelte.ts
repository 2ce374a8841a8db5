/**
 * Runs an operation again whenever its request changes; the newest request wins.
 *
 * To be called while a component is set up; what it returns is reactive.
 */
import { messageOf } from "../../../src/errors.ts";
import type { WorkerClient } from "./client.ts";
import type { EventOf, OperationName, RequestOf, ResultOf } from "./protocol.ts";

export interface Followed<Name extends OperationName> {
  /** Of the newest request that has ended; stays while a newer one runs. */
  readonly result: ResultOf<Name> | undefined;
  readonly isRunning: boolean;
  /** What went wrong with the newest request, in one sentence. */
  readonly failure: string | undefined;
}

export interface Listeners<Name extends OperationName> {
  /** Before each run: the place to throw away what an earlier one gathered. */
  readonly onStart?: () => void;
  readonly onEvent?: (event: EventOf<Name>) => void;
}

/** @param request undefined while nothing is to be computed */
export function follow<Name extends OperationName>(
  worker: WorkerClient,
  name: Name,
  request: () => RequestOf<Name> | undefined,
  { onStart, onEvent }: Listeners<Name> = {},
): Followed<Name> {
  let result = $state.raw<ResultOf<Name>>();
  let isRunning = $state(false);
  let failure = $state<string>();

  $effect(() => {
    const current = request();
    if (current === undefined) {
      isRunning = false;
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    isRunning = true;
    failure = undefined;
    onStart?.();
    worker
      .run(name, current, { signal, ...(onEvent && { onEvent }) })
      .then((value) => {
        if (signal.aborted) return;
        result = value;
        isRunning = false;
      })
      .catch((thrown: unknown) => {
        if (signal.aborted) return;
        failure = messageOf(thrown);
        isRunning = false;
      });
    return () => controller.abort();
  });

  return {
    get result() {
      return result;
    },
    get isRunning() {
      return isRunning;
    },
    get failure() {
      return failure;
    },
  };
}
