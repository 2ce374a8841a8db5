/**
 * Asynchronous work in single file, in the order that it was asked for.
 */

/** Does work when its turn comes. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

export function oneAtATime(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    // Whoever asked hears of a failure; the next in turn does not.
    last = next.catch(() => {});
    return next;
  };
}
