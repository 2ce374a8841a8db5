import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeblendError } from "../errors.ts";
import {
  CACHE_PREAMBLE_BYTES,
  encodeCachePreamble,
  parseCacheDescription,
  parseCachePreamble,
} from "./cacheFormat.ts";
import { parseCifar10 } from "./cifar.ts";
import { parseIdx } from "./idx.ts";
import { imageHeader } from "./imageHeader.ts";

function encodeIdx(sizes: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + data.length);
  bytes.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, i) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * i, size);
  });
  bytes.set(data, 4 + 4 * sizes.length);
  return bytes;
}

/** Either it works or it is a sentence; never any other error. */
function onlyDeblendErrors(work: () => unknown): void {
  try {
    work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DeblendError);
  }
}

const anyBytes = fc.uint8Array({ maxLength: 200 });
const small = fc.integer({ min: 1, max: 6 });

describe("IDX", () => {
  it("reads what was written", () => {
    fc.assert(
      fc.property(small, small, small, (count, height, width) => {
        const data = Uint8Array.from({ length: count * height * width }, (_, i) => i);
        const parsed = parseIdx(encodeIdx([count, height, width], data), "f");
        expect(parsed.shape).toEqual([count, height, width]);
        expect([...parsed.data]).toEqual([...data]);
      }),
    );
  });
  it("refuses anything else with a sentence", () => {
    fc.assert(fc.property(anyBytes, (bytes) => onlyDeblendErrors(() => parseIdx(bytes, "f"))));
    const header = fc
      .tuple(fc.constantFrom(1, 3), anyBytes)
      .map(([rank, rest]) => Uint8Array.from([0, 0, 8, rank, ...rest]));
    fc.assert(fc.property(header, (bytes) => onlyDeblendErrors(() => parseIdx(bytes, "f"))));
  });
  it("says how much is missing", () => {
    const whole = encodeIdx([2, 2, 2], new Uint8Array(8));
    expect(() => parseIdx(whole.subarray(0, 20), "train")).toThrow(
      "should hold 2 x 2 x 2 = 8 bytes of data, but holds 4",
    );
  });
});

describe("CIFAR-10", () => {
  it("separates labels and pictures", () => {
    const bytes = new Uint8Array(2 * 3073).fill(7);
    bytes[0] = 3;
    bytes[3073] = 9;
    const { pixels, labels } = parseCifar10(bytes, "b");
    expect([...labels]).toEqual([3, 9]);
    expect(pixels.length).toBe(2 * 3072);
    expect(new Set(pixels)).toEqual(new Set([7]));
  });
  it("refuses a wrong size or label", () => {
    expect(() => parseCifar10(new Uint8Array(3000), "b")).toThrow("multiple of 3073");
    expect(() => parseCifar10(new Uint8Array(3073).fill(10), "b")).toThrow("should be 0 to 9, but is 10");
    fc.assert(fc.property(anyBytes, (bytes) => onlyDeblendErrors(() => parseCifar10(bytes, "b"))));
  });
});

describe("the cache's format", () => {
  it("keeps a preamble, and refuses it in a file of another length", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 2 ** 20 }),
        (start, length) => {
          const preamble = {
            descriptionStart: start,
            descriptionBytes: length,
            descriptionSha256: new Uint8Array(32).fill(5),
          };
          const bytes = encodeCachePreamble(preamble);
          expect(bytes.length).toBe(CACHE_PREAMBLE_BYTES);
          expect(parseCachePreamble(bytes, start + length)).toEqual(preamble);
          expect(parseCachePreamble(bytes, start + length - 1)).toBeUndefined();
        },
      ),
    );
  });
  it("takes no other bytes and no other text for its own", () => {
    fc.assert(fc.property(anyBytes, (bytes) => parseCachePreamble(bytes, bytes.length) === undefined));
    fc.assert(fc.property(fc.string(), (text) => parseCacheDescription(text, 0) === undefined));
    fc.assert(fc.property(fc.json(), (text) => parseCacheDescription(text, 0) === undefined));
  });
});

it("a picture's header never throws", () => {
  const starts = [
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    [0xff, 0xd8, 0xff],
    [0x52, 0x49, 0x46, 0x46],
    [],
  ];
  fc.assert(
    fc.property(fc.constantFrom(...starts), anyBytes, (start, rest) => {
      imageHeader(Uint8Array.from([...start, ...rest]));
    }),
  );
});
