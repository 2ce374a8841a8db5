/**
 * Messages of a thread or a process: they come when they come, and are taken one at a time, in order.
 */
export interface Inbox<T> {
  push(message: T): void;
  /** The next message, once there is one. One taker at a time. */
  take(): Promise<T>;
}

export function openInbox<T>(): Inbox<T> {
  const queue: T[] = [];
  let wake: () => void = () => undefined;
  return {
    push: (message) => {
      queue.push(message);
      wake();
    },
    take: async () => {
      for (;;) {
        const message = queue.shift();
        if (message !== undefined) return message;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
