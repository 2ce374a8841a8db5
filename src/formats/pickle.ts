/**
 * A reader of the part of Python's pickle format that plain tensors need. It never runs anything.
 *
 * A pickle is a program for a stack machine that may call any Python function. This machine knows the few opcodes that
 * dictionaries, tuples and tensors are written with; a call builds a description of itself, and the caller decides
 * whether the name called is one it understands.
 */
import { DeblendError } from "../errors.ts";

/** A Python name, `module.name`. */
export class PickleGlobal {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** What the caller makes of a call and of a reference to data outside the pickle. */
export interface PickleHandlers {
  call(path: string, args: readonly unknown[]): unknown;
  persistent(id: unknown): unknown;
}

const MARK = Symbol("mark");

/**
 * Steps of the longest program that is run. A tensor takes about 40 of them; each puts at most one value on the stack or
 * into the memo, so that these are bounded too.
 */
const MOST_STEPS = 2 ** 21;

/**
 * Runs the machine and returns what the program leaves.
 *
 * @throws DeblendError for a program that is damaged, too long or does anything else
 */
export function readPickle(bytes: Uint8Array, handlers: PickleHandlers, source: string): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;
  const refuse = (why: string) => new DeblendError(`${source} cannot be read as plain tensors: ${why}.`);
  const take = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw refuse("it ends in the middle");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (length: 1 | 2 | 4): number => {
    take(length);
    const from = at - length;
    return length === 1
      ? view.getUint8(from)
      : length === 2
        ? view.getUint16(from, true)
        : view.getUint32(from, true);
  };
  const text = (length: number) => new TextDecoder().decode(take(length));
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw refuse("it ends in the middle");
    const found = text(end - at);
    at += 1;
    return found;
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw refuse("its program takes from an empty stack");
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const from = stack.lastIndexOf(MARK);
    if (from < 0) throw refuse("its program has no mark where it needs one");
    const items = stack.splice(from);
    return items.slice(1);
  };
  const setItems = (pairs: readonly unknown[]) => {
    const target = stack.at(-1);
    if (!(target instanceof Map)) throw refuse("it sets items of something that is no dictionary");
    for (let i = 0; i + 1 < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  };
  const append = (items: readonly unknown[]) => {
    const target = stack.at(-1);
    if (!Array.isArray(target)) throw refuse("it appends to something that is no list");
    for (const item of items) target.push(item);
  };
  const global = (path: string) => stack.push(new PickleGlobal(path));

  for (let steps = 0; ; steps++) {
    if (steps === MOST_STEPS) throw refuse(`its program has more than ${MOST_STEPS} steps`);
    const opcode = number(1);
    const letter = String.fromCharCode(opcode);
    if (opcode === 0x80)
      number(1); // PROTO
    else if (opcode === 0x95)
      take(8); // FRAME
    else if (letter === ".") return pop();
    else if (letter === "(") stack.push(MARK);
    else if (letter === ")") stack.push([]);
    else if (letter === "]") stack.push([]);
    else if (letter === "}") stack.push(new Map());
    else if (letter === "N") stack.push(null);
    else if (opcode === 0x88) stack.push(true);
    else if (opcode === 0x89) stack.push(false);
    else if (letter === "K") stack.push(number(1));
    else if (letter === "M") stack.push(number(2));
    else if (letter === "J") stack.push(number(4) | 0);
    else if (opcode === 0x8a) stack.push(long(take(number(1))));
    else if (letter === "G") stack.push(new DataView(take(8).slice().buffer).getFloat64(0));
    else if (letter === "X") stack.push(text(number(4)));
    else if (opcode === 0x8c) stack.push(text(number(1)));
    else if (letter === "t") stack.push(popToMark());
    else if (opcode === 0x85) stack.push([pop()]);
    else if (opcode === 0x86) stack.push([pop(), pop()].reverse());
    else if (opcode === 0x87) stack.push([pop(), pop(), pop()].reverse());
    else if (letter === "q") memo.set(number(1), stack.at(-1));
    else if (letter === "r") memo.set(number(4), stack.at(-1));
    else if (opcode === 0x94) memo.set(memo.size, stack.at(-1));
    else if (letter === "h") stack.push(memo.get(number(1)));
    else if (letter === "j") stack.push(memo.get(number(4)));
    else if (letter === "c") global(`${line()}.${line()}`);
    else if (opcode === 0x93) {
      const name = pop();
      const module = pop();
      // Anything else could be nested without end, and would have to be walked to be quoted.
      if (typeof name !== "string" || typeof module !== "string")
        throw refuse("it refers to something whose name is no text");
      global(`${module}.${name}`);
    } else if (letter === "R") {
      const args = pop();
      const callee = pop();
      if (!(callee instanceof PickleGlobal) || !Array.isArray(args))
        throw refuse("it calls something that has no name");
      stack.push(handlers.call(callee.path, args));
    } else if (letter === "Q") stack.push(handlers.persistent(pop()));
    else if (letter === "s") setItems([pop(), pop()].reverse());
    else if (letter === "u") setItems(popToMark());
    else if (letter === "a") append([pop()]);
    else if (letter === "e") append(popToMark());
    else if (letter === "b")
      pop(); // BUILD: attributes of an OrderedDict (torch's `_metadata`), which nothing reads
    else throw refuse(`it uses the pickle opcode 0x${opcode.toString(16)}, which plain tensors do not need`);
  }
}

/** A little-endian two's complement integer of any length. */
function long(bytes: Uint8Array): number {
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte) << BigInt(8 * i);
  });
  return Number(BigInt.asIntN(8 * Math.max(1, bytes.length), value));
}
