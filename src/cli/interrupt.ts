/**
 * Ctrl-C: the first asks the work to stop in good order, the second ends the process at once.
 */

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening; the process then ends as usual. */
  release(): void;
}

/** @param onFirst what to tell the person */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM"] as const;
  const release = () => {
    for (const name of names) process.off(name, handle);
  };
  const handle = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      // `process.exit` would wait for a step that a worker thread computes; without a handler the signal does not.
      release();
      process.kill(process.pid, name);
      return;
    }
    controller.abort();
    process.exitCode = name === "SIGINT" ? 130 : 143;
    onFirst();
  };
  for (const name of names) process.on(name, handle);
  return { signal: controller.signal, release };
}
