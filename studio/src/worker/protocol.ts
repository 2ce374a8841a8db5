/**
 * What the page and a worker say to each other: operations are started and cancelled, and answer with events, then with a
 * result or a failure.
 */
import type { Operation } from "./operation.ts";
import type { operations } from "./operations/index.ts";

type Loaders = typeof operations;
export type OperationName = keyof Loaders;
type RunOf<Name extends OperationName> = Awaited<ReturnType<Loaders[Name]>>["run"];

export type RequestOf<Name extends OperationName> =
  RunOf<Name> extends Operation<infer Request, infer _E, infer _R> ? Request : never;
export type EventOf<Name extends OperationName> =
  RunOf<Name> extends Operation<infer _Q, infer Event, infer _R> ? Event : never;
export type ResultOf<Name extends OperationName> =
  RunOf<Name> extends Operation<infer _Q, infer _E, infer Result> ? Result : never;

/** From the page to a worker; `id` is the page's, one an operation in progress. */
export type ToWorker =
  | { readonly type: "start"; readonly id: number; readonly name: OperationName; readonly request: unknown }
  | { readonly type: "cancel"; readonly id: number };

/** From a worker to the page. */
export type ToPage =
  | { readonly type: "event"; readonly id: number; readonly event: unknown }
  | { readonly type: "result"; readonly id: number; readonly result: unknown }
  | { readonly type: "failure"; readonly id: number; readonly message: string; readonly isUsers: boolean };
