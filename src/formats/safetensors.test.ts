/**
 * safetensors: any tensors survive the way through a file, and no bytes end in anything but tensors or a sentence.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "./safetensors.ts";

const join = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const encode = (tensors: ReadonlyMap<string, NamedTensor>, metadata = {}) =>
  join(encodeSafetensors(tensors, metadata));

/** Bits, so that one NaN is told from another. */
const bytesOf = (data: Float32Array = new Float32Array()) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A file whose header is any text, as others may write it. */
function withHeader(header: unknown, numbers = new Uint8Array()): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(json.length), true);
  return join([prefix, json, numbers]);
}

/** Names that are awkward in JSON or in JavaScript objects, and any other text. */
const anyName = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("__proto__", "constructor", "0", "1.weight", '"', "\\", "\n", "", "ä.ö", "\ud800"),
  )
  .filter((name) => name !== "__metadata__");
const anyTensor: fc.Arbitrary<NamedTensor> = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
  .chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc
      .float32Array({ minLength: size, maxLength: size })
      .map((data) => ({ shape, data: Float32Array.from(data) }));
  });
const anyTensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 5 }).map((pairs) => new Map(pairs));

/** What comes out, or undefined where it is refused in one sentence; any other error fails the test. */
function readOrRefuse(bytes: Uint8Array): Map<string, NamedTensor> | undefined {
  try {
    return decodeSafetensors(bytes, "f").tensors;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DeblendError);
    return undefined;
  }
}

/** Numbers in a result can never be more than the bytes of the file hold. */
function expectNoMoreThan(bytes: Uint8Array, tensors: Map<string, NamedTensor> | undefined): void {
  const numbers = [...(tensors?.values() ?? [])].reduce((sum, { data }) => sum + data.length, 0);
  expect(numbers).toBeLessThanOrEqual(bytes.length / 2);
}

describe("safetensors", () => {
  it("reads back any names, shapes and numbers, NaN and infinities too", () => {
    fc.assert(
      fc.property(
        anyTensors,
        fc.dictionary(fc.string({ unit: "grapheme" }), fc.string()),
        (tensors, extra) => {
          const { __proto__: _, ...metadata } = extra;
          const read = decodeSafetensors(encode(tensors, metadata), "f");
          expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
          for (const [name, { shape, data }] of tensors) {
            const found = read.tensors.get(name);
            expect(found?.shape).toEqual(shape);
            expect(bytesOf(found?.data)).toEqual(bytesOf(data));
          }
          expect(read.metadata).toEqual(metadata);
        },
      ),
    );
  });

  it("starts its numbers at a multiple of 8 bytes", () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const bytes = encode(tensors);
        const length = new DataView(bytes.buffer).getBigUint64(0, true);
        expect(length % 8n).toBe(0n);
      }),
    );
  });

  it.each([
    ["F64", 8, (view: DataView, at: number, value: number) => view.setFloat64(at, value, true)],
    ["I64", 8, (view: DataView, at: number, value: number) => view.setBigInt64(at, BigInt(value), true)],
    ["I32", 4, (view: DataView, at: number, value: number) => view.setInt32(at, value, true)],
    [
      "BF16",
      2,
      (view: DataView, at: number, value: number) => {
        const word = new DataView(new ArrayBuffer(4));
        word.setFloat32(0, value);
        view.setUint16(at, word.getUint16(0), true);
      },
    ],
  ] as const)("reads %s as float32", (dtype, width, write) => {
    // Numbers that every one of the formats can say.
    const whole = fc.array(fc.integer({ min: -128, max: 128 }), { maxLength: 9 });
    fc.assert(
      fc.property(whole, (values) => {
        const view = new DataView(new ArrayBuffer(width * values.length));
        for (const [i, value] of values.entries()) write(view, i * width, value);
        const entry = { dtype, shape: [values.length], data_offsets: [0, view.byteLength] };
        const file = withHeader({ x: entry }, new Uint8Array(view.buffer));
        expect([...(readOrRefuse(file)?.get("x")?.data ?? [])]).toEqual(values);
      }),
    );
  });

  it("reads half precision exactly: normal, subnormal, zero, infinite and NaN", () => {
    const bits = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x0000, 0x7c00, 0xfc00, 0x7e00];
    const file = withHeader(
      { x: { dtype: "F16", shape: [bits.length], data_offsets: [0, 2 * bits.length] } },
      new Uint8Array(Uint16Array.from(bits).buffer),
    );
    expect([...(readOrRefuse(file)?.get("x")?.data ?? [])]).toEqual([
      ...[1, -2, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, 0],
      ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
    ]);
  });

  it("refuses a file that is cut short anywhere, or longer than it says", () => {
    fc.assert(
      fc.property(anyTensors, fc.nat(), (tensors, at) => {
        const bytes = encode(tensors);
        expect(readOrRefuse(bytes.subarray(0, at % bytes.length))).toBeUndefined();
        expect(readOrRefuse(join([bytes, new Uint8Array(1 + (at % 9))]))).toBeUndefined();
      }),
    );
  });

  it("damaged bytes give other numbers or a sentence, and never more memory than the file has", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyTensors, damage, (tensors, changes) => {
        const bytes = encode(tensors);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expectNoMoreThan(bytes, readOrRefuse(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it("any bytes and any JSON for a header are a sentence", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readOrRefuse(bytes)));
    fc.assert(fc.property(fc.json(), (header) => void readOrRefuse(withHeader(header))));
    const number = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(2 ** 53 - 1, 2 ** 32, -1, 1e308));
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom("F32", "F16", "I64", "BOOL", "toString", "__proto__"), fc.string()),
        shape: fc.array(number, { maxLength: 5 }),
        data_offsets: fc.array(number, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const header = fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue()));
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 32 }), (value, numbers) => {
        const bytes = withHeader(value, numbers);
        expectNoMoreThan(bytes, readOrRefuse(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["nothing", new Uint8Array(), "its first 8 bytes should give a header length"],
    ["a header of 2^60 bytes", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 16), "its first 8 bytes"],
    ["a header longer than the file", Uint8Array.of(99, 0, 0, 0, 0, 0, 0, 0), "header should be 99 bytes"],
    ["a header that is no JSON", withHeader("{oops}"), "its header is not JSON"],
    ["a header that is a list", withHeader([]), "its header is not an object"],
    ["metadata that are numbers", withHeader({ __metadata__: { a: 1 } }), "its metadata are not words"],
    [
      "an unknown format of numbers",
      withHeader({ x: { dtype: "C64", shape: [], data_offsets: [0, 8] } }, new Uint8Array(8)),
      "the entry of x is not one of a float or integer tensor",
    ],
    [
      "a shape that needs more than there is",
      withHeader({ x: { dtype: "F32", shape: [2 ** 40], data_offsets: [0, 8] } }, new Uint8Array(8)),
      "x of shape [1099511627776] needs 4398046511104 bytes, but has 8",
    ],
    [
      "tensors that overlap",
      withHeader(
        {
          a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
          b: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
        },
        new Uint8Array(4),
      ),
      "b should start at byte 4, but starts at 0",
    ],
  ])("says what is wrong with %s", (_, bytes, sentence) => {
    expect(() => decodeSafetensors(bytes, "f")).toThrow(sentence);
    expect(() => decodeSafetensors(bytes, "f")).toThrow(DeblendError);
  });

  it("does not write a tensor under the metadata's name", () => {
    const tensors = new Map([["__metadata__", { shape: [], data: Float32Array.of(1) }]]);
    expect(() => encodeSafetensors(tensors)).toThrow("cannot have the name __metadata__");
  });
});
