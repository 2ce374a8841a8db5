/**
 * IDX, CIFAR-10, the cache and headers of pictures: read as written, and refused in a sentence when damaged anywhere.
 */
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

/** A few bytes changed, and perhaps the end cut off. */
const damaged = (whole: Uint8Array) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat()),
    )
    .map(([changes, cut]) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
    });

describe("a whole file that was damaged", () => {
  it("of IDX holds what it says or is refused", () => {
    const whole = encodeIdx([2, 3, 4], new Uint8Array(24).fill(9));
    fc.assert(
      fc.property(damaged(whole), (bytes) =>
        onlyDeblendErrors(() => {
          const { shape, data } = parseIdx(bytes, "f");
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        }),
      ),
      { numRuns: 500 },
    );
  });

  it("of CIFAR-10 has labels and pictures of one number or is refused", () => {
    const whole = new Uint8Array(2 * 3073).fill(4);
    fc.assert(
      fc.property(damaged(whole), (bytes) =>
        onlyDeblendErrors(() => {
          const { pixels, labels } = parseCifar10(bytes, "f");
          expect(pixels.length).toBe(labels.length * 3072);
        }),
      ),
    );
  });

  const HEADERS: Readonly<Record<string, readonly number[]>> = {
    PNG: [
      ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
      0,
      0,
      0,
      7,
      0,
      0,
      0,
      5,
    ],
    JPEG: [
      ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xff, 0xc4, 0, 3, 0, 0xff, 0xc2, 0, 11, 8],
      0,
      5,
      0,
      7,
      1,
    ],
    "lossy WebP": [...Buffer.from("RIFF\0\0\0\0WEBPVP8 "), ...new Array<number>(10).fill(0), 7, 0, 5, 0],
    "lossless WebP": [...Buffer.from("RIFF\0\0\0\0WEBPVP8L\0\0\0\0"), 0x2f, 6, 0, 1, 0, 0],
    "extended WebP": [
      ...Buffer.from("RIFF\0\0\0\0WEBPVP8X"),
      ...new Array<number>(8).fill(0),
      6,
      0,
      0,
      4,
      0,
      0,
    ],
  };
  it.each(Object.entries(HEADERS))(
    "%s: the header is read, and under damage gives whole sizes or nothing",
    (_, header) => {
      const whole = Uint8Array.from(header);
      expect(imageHeader(whole)).toMatchObject({ width: 7, height: 5 });
      fc.assert(
        fc.property(damaged(whole), (bytes) => {
          const found = imageHeader(bytes);
          if (found === undefined) return;
          for (const side of [found.width, found.height]) {
            expect(Number.isSafeInteger(side)).toBe(true);
            expect(side).toBeGreaterThanOrEqual(0);
          }
        }),
        { numRuns: 500 },
      );
    },
  );
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
