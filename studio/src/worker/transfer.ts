/**
 * Marks arrays of a message that move to the other side instead of being copied.
 */
const moving = new WeakMap<object, ArrayBufferLike[]>();

/** The message itself; `arrays` are part of it, and its sender cannot use them any more once it is sent. */
export function moved<Message extends object>(message: Message, arrays: readonly ArrayBufferView[]): Message {
  moving.set(message, [...new Set(arrays.map(({ buffer }) => buffer))]);
  return message;
}

/** What `postMessage` takes as its list of what moves. */
export function transferList(message: unknown): Transferable[] {
  const buffers = (typeof message === "object" && message !== null && moving.get(message)) || [];
  return buffers.filter((buffer) => buffer instanceof ArrayBuffer);
}
