/**
 * The one error class for everything a user can cause: bad input, a missing file, a setting that cannot work.
 *
 * Its message is one clear sentence that says what happened, what was expected, what was found and what to do.
 * The command prints that sentence and exits with a code other than 0; any other error is a bug and keeps its stack.
 */
export class DeblendError extends Error {
  override readonly name = "DeblendError";
}

/** The message of anything thrown, for quoting inside a sentence. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
