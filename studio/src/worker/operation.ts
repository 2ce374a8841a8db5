/**
 * The contract of an operation: something that the page asks a worker for.
 *
 * An operation is one file in `operations/` that exports `run`; a line in `operations/index.ts` gives it its name. Request,
 * events and result are what a structured clone can carry.
 */
export interface OperationContext<Event> {
  /** Aborted when the page no longer wants the result. */
  readonly signal: AbortSignal;
  /** Tells the page something before the result is there. */
  emit(event: Event): void;
  /**
   * To be awaited inside long loops: now and then it lets messages in, so that other operations go on and a cancellation
   * is heard.
   *
   * @throws the signal's reason once the operation is cancelled
   */
  breathe(): Promise<void>;
}

export type Operation<Request, Event, Result> = (
  request: Request,
  context: OperationContext<Event>,
) => Promise<Result>;
