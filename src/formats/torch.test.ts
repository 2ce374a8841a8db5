/**
 * The reader of PyTorch's files against programs that are damaged, hostile or without end: tensors or a sentence.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { readPickle } from "./pickle.ts";
import type { NamedTensor } from "./safetensors.ts";
import { readTorch } from "./torch.ts";

/** A pickle, opcode by opcode, as PyTorch writes it. */
const op = {
  raw: (text: string) => Buffer.from(text, "latin1"),
  text: (value: string) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([op.raw("X"), length, bytes]);
  },
  integer: (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return Buffer.concat([op.raw("J"), bytes]);
  },
  long: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return Buffer.concat([Buffer.from([0x8a, 8]), bytes]);
  },
  global: (module: string, name: string) => op.raw(`c${module}\n${name}\n`),
  tuple: (...items: readonly Buffer[]) => Buffer.concat([op.raw("("), ...items, op.raw("t")]),
  call: (callee: Buffer, ...args: readonly Buffer[]) =>
    Buffer.concat([callee, op.tuple(...args), op.raw("R")]),
  dictionary: (...pairs: readonly (readonly [Buffer, Buffer])[]) =>
    Buffer.concat([op.raw("}("), ...pairs.flat(), op.raw("u")]),
  program: (...parts: readonly Buffer[]) => Buffer.concat([op.raw("\x80\x02"), ...parts, op.raw(".")]),
};

interface Stored {
  readonly key: string;
  readonly shape: readonly bigint[];
  readonly strides: readonly bigint[];
  readonly offset?: bigint;
  readonly type?: string;
}

const storage = ({ key, type = "FloatStorage" }: Pick<Stored, "key" | "type">) =>
  Buffer.concat([
    op.tuple(op.text("storage"), op.global("torch", type), op.text(key), op.text("cpu"), op.integer(0)),
    op.raw("Q"),
  ]);

const tensor = (stored: Stored, from = storage(stored)) =>
  op.call(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    from,
    op.long(stored.offset ?? 0n),
    op.tuple(...stored.shape.map(op.long)),
    op.tuple(...stored.strides.map(op.long)),
    op.raw("\x89"),
    op.call(op.global("collections", "OrderedDict")),
  );

const numbers = (...values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** The files of a checkpoint: its pickle and its storages. */
type Files = Readonly<Record<string, Uint8Array>>;

const read = (pickle: Uint8Array, storages: Files = {}): Promise<Map<string, NamedTensor>> => {
  const files = new Map<string, Uint8Array>([["m/data.pkl", pickle]]);
  for (const [key, bytes] of Object.entries(storages)) files.set(`m/data/${key}`, bytes);
  const archive = {
    names: [...files.keys()],
    read: async (name: string) => files.get(name) ?? new Uint8Array(),
  };
  return readTorch(archive, "f");
};

const WHOLE = op.program(
  op.dictionary(
    [op.text("a"), tensor({ key: "0", shape: [2n, 3n], strides: [3n, 1n] })],
    [op.text("b"), tensor({ key: "0", shape: [3n, 2n], strides: [1n, 3n] })],
    [op.text("c"), tensor({ key: "1", shape: [], strides: [], offset: 1n })],
  ),
);
const STORAGES: Files = { "0": numbers(0, 1, 2, 3, 4, 5), "1": numbers(7, 8) };

/** A valid result of bounded size or a sentence; any other error fails the test. */
async function readOrRefuse(pickle: Uint8Array, storages = STORAGES): Promise<string | undefined> {
  try {
    const tensors = await read(pickle, storages);
    const total = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(total).toBeLessThan(1000);
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DeblendError);
    return (thrown as DeblendError).message;
  }
}

describe("a PyTorch checkpoint", () => {
  it("gives its tensors: in order, transposed, with an offset, sharing numbers", async () => {
    const tensors = await read(WHOLE, STORAGES);
    expect([...(tensors.get("a")?.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...(tensors.get("b")?.data ?? [])]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(tensors.get("c")).toEqual({ shape: [], data: Float32Array.of(8) });
  });

  it("refuses every name outside of plain tensors, and says the name", async () => {
    const word = fc.stringMatching(/^[a-z_]{1,8}(\.[a-z_]{1,8}){0,2}$/);
    const dangerous = fc.constantFrom(
      ...([
        ["os", "system"],
        ["posix", "system"],
        ["builtins", "eval"],
        ["builtins", "getattr"],
        ["subprocess", "Popen"],
        ["torch", "load"],
        ["torch.storage", "_load_from_bytes"],
        ["collections", "OrderedDict.fromkeys"],
        ["__proto__", "constructor"],
      ] as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(dangerous, fc.tuple(word, word)),
        fc.boolean(),
        async ([module, name], fresh) => {
          const callee = fresh
            ? Buffer.concat([op.text(module), op.text(name), op.raw("\x93")])
            : op.global(module, name);
          const call = op.call(callee, op.text("touch /tmp/ran"));
          expect(await readOrRefuse(op.program(call))).toContain(`wants to call ${module}.${name}`);
          // Hidden among tensors, and behind a tensor's own constructor, just the same.
          const among = op.dictionary(
            [op.text("a"), tensor({ key: "0", shape: [6n], strides: [1n] })],
            [op.text("b"), call],
          );
          expect(await readOrRefuse(op.program(among))).toContain(`${module}.${name}`);
          expect(await readOrRefuse(op.program(storage({ key: "0", type: "x" }), call))).toContain("torch.x");
        },
      ),
    );
  });

  it("refuses opcodes that import, build or extend, by their number", async () => {
    // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, EXT2, EXT4, PERSID, BINBYTES8, NEXT_BUFFER
    for (const opcode of [0x69, 0x6f, 0x81, 0x92, 0x82, 0x83, 0x84, 0x50, 0x8e, 0x97]) {
      const program = Buffer.concat([op.raw("\x80\x02()"), Buffer.from([opcode]), op.raw("os\nsystem\n.")]);
      expect(await readOrRefuse(program)).toContain(`pickle opcode 0x${opcode.toString(16)}`);
    }
  });

  it.each([
    ["no dictionary", op.program(op.raw("N")), "holds no dictionary"],
    ["an empty program", new Uint8Array(), "ends in the middle"],
    ["a program without an end", op.raw("\x80\x02}"), "ends in the middle"],
    ["an empty stack", op.program(op.raw("\x85")), "takes from an empty stack"],
    ["no mark", op.program(op.raw("t")), "no mark where it needs one"],
    ["items of no dictionary", op.program(op.raw("N(u")), "sets items of something that is no dictionary"],
    ["items of no list", op.program(op.raw("NNa")), "appends to something that is no list"],
    ["a call of a text", op.program(op.call(op.text("os.system"))), "calls something that has no name"],
    [
      "a name that is no text",
      op.program(op.raw("N\x85N\x85\x93")),
      "refers to something whose name is no text",
    ],
    [
      "a key that is no text",
      op.program(op.dictionary([op.integer(1), tensor({ key: "0", shape: [6n], strides: [1n] })])),
      "a key that is no text",
    ],
    [
      "a tensor made of nothing",
      op.program(
        op.dictionary([op.text("a"), tensor({ key: "0", shape: [1n], strides: [1n] }, op.raw("N"))]),
      ),
      "made of something that is no storage",
    ],
    [
      "a storage that is not there",
      op.program(op.dictionary([op.text("a"), tensor({ key: "9", shape: [1n], strides: [1n] })])),
      "the numbers of a are missing",
    ],
    [
      "a storage outside of the archive's folder",
      op.program(op.dictionary([op.text("a"), tensor({ key: "../data.pkl", shape: [1n], strides: [1n] })])),
      "the numbers of a are missing",
    ],
    [
      "a tensor larger than its numbers",
      op.program(op.dictionary([op.text("a"), tensor({ key: "0", shape: [7n], strides: [1n] })])),
      "a reaches beyond its numbers",
    ],
    [
      "an offset beyond the numbers",
      op.program(op.dictionary([op.text("a"), tensor({ key: "0", shape: [1n], strides: [1n], offset: 6n })])),
      "a reaches beyond its numbers",
    ],
    [
      "a negative stride",
      op.program(op.dictionary([op.text("a"), tensor({ key: "0", shape: [2n], strides: [-1n] })])),
      "the stride of a tensor is damaged",
    ],
    [
      "one number repeated for ever",
      op.program(op.dictionary([op.text("a"), tensor({ key: "0", shape: [1n << 40n], strides: [0n] })])),
      "a repeats its numbers too often",
    ],
  ])("says what is wrong with %s", async (_, pickle, sentence) => {
    expect(await readOrRefuse(pickle)).toContain(sentence);
  });

  it("refuses numbers that end inside one, in every format", async () => {
    for (const type of ["FloatStorage", "HalfStorage", "DoubleStorage", "LongStorage", "IntStorage"]) {
      const pickle = op.program(
        op.dictionary([op.text("a"), tensor({ key: "0", shape: [1n], strides: [1n], type })]),
      );
      expect(await readOrRefuse(pickle, { "0": new Uint8Array(9) })).toContain(
        "the numbers of a are cut short",
      );
    }
  });

  it("is not led to walk structures that are nested without end or grow with every level", async () => {
    const deep = Buffer.concat([op.raw("N"), Buffer.alloc(200_000, 0x85)]);
    // x = (x, x), 60 times: 2^60 leaves in 240 bytes.
    const wide = Buffer.concat([op.raw("Nq\0"), ...Array<Buffer>(60).fill(op.raw("h\0\x86q\0"))]);
    const cyclic = op.raw("]q\0h\0a");
    for (const structure of [deep, wide, cyclic]) {
      expect(await readOrRefuse(op.program(structure))).toContain("no dictionary");
      expect(await readOrRefuse(op.program(structure, op.text("x"), op.raw("\x93")))).toContain("no text");
      expect(await readOrRefuse(op.program(structure, op.raw("Q")))).toContain("no storage of numbers");
      const keyed = op.tuple(op.text("storage"), op.global("torch", "FloatStorage"), structure);
      expect(await readOrRefuse(op.program(keyed, op.raw("Q")))).toContain("no storage of numbers");
    }
    const long = Buffer.concat([op.raw("]("), Buffer.alloc(300_000, "N"), op.raw("e")]);
    expect(await readOrRefuse(op.program(long))).toContain("no dictionary");
  });

  it("does not look through the same shape or dictionary again and again", async () => {
    // 100,000 numbers, used as the shape of 10,000 tensors.
    const shape = Buffer.concat([
      op.raw("("),
      Buffer.alloc(200_000, "K\x01"),
      op.raw("tr"),
      op.raw("\0\0\0\0"),
    ]);
    const rebuild = op.global("torch._utils", "_rebuild_tensor_v2");
    const one = op.call(rebuild, storage({ key: "0" }), op.integer(0), op.raw("h\0"), op.raw("h\0"));
    expect(await readOrRefuse(op.program(shape, ...Array<Buffer>(10_000).fill(one)))).toContain(
      "the shape of a tensor is damaged",
    );
    // A dictionary of 20,000 tensors and one other thing, under 20,000 names.
    const names = Array.from({ length: 20_000 }, (_, i) => op.text(String(i)));
    const a = tensor({ key: "0", shape: [1n], strides: [1n] });
    const inner = op.dictionary(
      ...names.map((name, i): [Buffer, Buffer] => [
        name,
        i === 0 ? Buffer.concat([a, op.raw("q\x01")]) : op.raw("h\x01"),
      ]),
      [op.text("x"), op.raw("N")],
    );
    const outer = op.dictionary(...names.map((name): [Buffer, Buffer] => [name, op.raw("h\x02")]));
    const began = performance.now();
    expect(await readOrRefuse(op.program(inner, op.raw("q\x02"), outer))).toContain("other things");
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("damaged anywhere, it is another set of tensors or a sentence", async () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(change, fc.option(fc.nat()), async (changes, cut) => {
        const bytes = Uint8Array.from(WHOLE);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        await readOrRefuse(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
      }),
      { numRuns: 1500 },
    );
  });

  it("any program of known opcodes, and any bytes, are a result or a sentence", async () => {
    const opcode = fc.constantFrom(
      ..."().]}NKMJGXtqrhjcRQsuaeb",
      "\x80",
      "\x88",
      "\x89",
      "\x8a",
      "\x8c",
      ..."\x85\x86\x87\x93\x94\x95",
    );
    const known = fc.constantFrom(
      op.global("torch._utils", "_rebuild_tensor_v2"),
      op.global("torch._utils", "_rebuild_parameter"),
      op.global("collections", "OrderedDict"),
      op.global("torch", "FloatStorage"),
      ...[op.text("storage"), op.text("0"), op.integer(1), op.integer(6), storage({ key: "0" })],
      tensor({ key: "0", shape: [6n], strides: [1n] }),
    );
    const part = fc.oneof(opcode.map(op.raw), known, fc.uint8Array({ maxLength: 3 }));
    const program = fc
      .array(part, { maxLength: 30 })
      .map((parts) => op.program(...parts.map((p) => Buffer.from(p))));
    await fc.assert(
      fc.asyncProperty(fc.oneof(program, fc.uint8Array({ maxLength: 80 })), async (bytes) => {
        await readOrRefuse(bytes);
      }),
      { numRuns: 3000 },
    );
  });
});

it("a pickle's numbers are read as Python writes them", () => {
  const value = (...bytes: readonly number[]) =>
    readPickle(Uint8Array.from([...bytes, 0x2e]), { call: () => null, persistent: () => null }, "f");
  expect(value(0x4b, 255)).toBe(255);
  expect(value(0x4d, 0xff, 0xff)).toBe(65535);
  expect(value(0x4a, 0xff, 0xff, 0xff, 0xff)).toBe(-1);
  expect(value(0x8a, 0)).toBe(0);
  expect(value(0x8a, 2, 0x00, 0x80)).toBe(-32768);
  expect(value(0x8a, 5, 0, 0, 0, 0, 1)).toBe(2 ** 32);
  expect(value(0x47, 0xc0, 0x04, 0, 0, 0, 0, 0, 0)).toBe(-2.5);
});
