/**
 * Cat faces drawn from a few random factors: pictures to train on where no others are at hand.
 *
 * Thousands of variations of one composition, with broad flat areas, so that a tiny network learns them in minutes and a
 * person recognises them at 16x16. Cat `index` of `seed` is always the same cat, at any size.
 */
import { DeblendError } from "../errors.ts";
import { fillUniform } from "../random/index.ts";
import { type ImageDataset, pixelDataset } from "./dataset.ts";
import {
  arc,
  type Colour,
  createPainting,
  ellipse,
  grown,
  type Shape,
  stroke,
  triangle,
  turned,
  union,
  within,
} from "./painting.ts";

interface Fur {
  readonly name: string;
  readonly base: Colour;
  /** Stripes, patches and the outline. */
  readonly dark: Colour;
  /** Muzzle and chest. */
  readonly light: Colour;
}

const FURS: readonly Fur[] = [
  { name: "orange", base: [243, 160, 84], dark: [205, 104, 42], light: [255, 232, 204] },
  { name: "gray", base: [150, 160, 172], dark: [92, 101, 116], light: [232, 236, 240] },
  { name: "black", base: [70, 66, 80], dark: [36, 33, 44], light: [246, 243, 240] },
  { name: "white", base: [250, 246, 238], dark: [186, 172, 156], light: [255, 255, 255] },
  { name: "cream", base: [240, 214, 172], dark: [188, 140, 92], light: [255, 246, 228] },
  { name: "brown", base: [160, 112, 74], dark: [96, 62, 40], light: [240, 216, 184] },
];

/** What cats are told apart by where classes are wanted: the colour of their fur. */
export const CAT_CLASSES: readonly string[] = FURS.map(({ name }) => name);

/** The class of cat `index` of `seed`, a position in `CAT_CLASSES`. */
export const catClass = (seed: number, index: number): number => FURS.indexOf(drawCat(seed, index).fur);

const BACKGROUNDS: readonly Colour[] = [
  [174, 222, 200],
  [168, 208, 240],
  [208, 192, 238],
  [252, 206, 182],
  [250, 232, 160],
  [246, 182, 196],
];

const EYES: readonly Colour[] = [
  [132, 200, 84],
  [246, 190, 52],
  [92, 172, 232],
];

const MARKINGS = ["plain", "tabby", "patch", "mask"] as const;
const INK: Colour = [38, 28, 36];
const PINK: Colour = [240, 142, 150];
const WHITE: Colour = [255, 255, 255];
/** The middle of the head, about which it tilts. */
const MIDDLE = 0.1;

/** What makes one cat; ranges are of the picture, which spans [-1, 1]. */
export interface Cat {
  readonly fur: Fur;
  readonly background: Colour;
  readonly eyes: Colour;
  readonly marking: (typeof MARKINGS)[number];
  /** In radians, clockwise. */
  readonly tilt: number;
  /** How far the ears stand apart and how tall they are, 0 to 1. */
  readonly earSpread: number;
  readonly earHeight: number;
  /** 0 (narrow) to 1 (wide). */
  readonly openness: number;
  /** Asleep, or very content. */
  readonly isDozing: boolean;
  /** Where the pupils look, -1 (left) to 1. */
  readonly gaze: number;
  /** Which half the patch is on. */
  readonly side: -1 | 1;
  readonly headWidth: number;
}

/** The factors of cat `index` of `seed`. */
export function drawCat(seed: number, index: number): Cat {
  const u = new Float32Array(12);
  fillUniform(u, { seed, purpose: "demo", index });
  const uniform = (i: number) => u[i] ?? 0;
  const choose = <T>(items: readonly [T, ...T[]] | readonly T[], i: number): T => {
    const chosen = items[Math.floor(uniform(i) * items.length)];
    if (chosen === undefined) throw new RangeError("There is nothing to choose from.");
    return chosen;
  };
  return {
    fur: choose(FURS, 0),
    background: choose(BACKGROUNDS, 1),
    eyes: choose(EYES, 2),
    marking: choose(MARKINGS, 3),
    tilt: (uniform(4) - 0.5) * 0.3,
    earSpread: uniform(5),
    earHeight: uniform(6),
    openness: uniform(7),
    isDozing: uniform(8) < 0.1,
    gaze: uniform(9) * 2 - 1,
    side: uniform(10) < 0.5 ? -1 : 1,
    headWidth: uniform(11),
  };
}

/** Paints a cat, [3, size, size], 0 to 255. */
export function paintCat(cat: Cat, size: number): Uint8Array {
  const { fur, marking, side } = cat;
  const painting = createPainting(size, cat.background);
  const lean = Math.sin(cat.tilt) * 0.25;
  const fill = (shape: Shape, colour: Colour, opacity?: number) =>
    painting.fill(turned(shape, cat.tilt, 0, MIDDLE, lean, 0), colour, opacity);
  const both = (shape: (s: -1 | 1) => Shape) => union(shape(-1), shape(1));

  const width = 0.7 + 0.08 * cat.headWidth;
  const head = union(ellipse(0, MIDDLE, width, 0.6), ellipse(0, MIDDLE + 0.14, width + 0.05, 0.46));
  const apart = 0.46 + 0.08 * cat.earSpread;
  const tip = -0.66 - 0.12 * cat.earHeight;
  const ear = (s: number, shrink: number): Shape =>
    triangle(
      [
        [s * (apart - 0.3 + shrink), -0.28],
        [s * (apart + 0.22 - shrink), -0.06],
        [s * (apart + 0.1), tip + 1.6 * shrink],
      ],
      0.07 - shrink / 4,
    );

  // The body stays upright: only the head tilts.
  const body = ellipse(0, 1.12, 0.56, 0.5);
  painting.fill(grown(body, 0.05), fur.dark);
  painting.fill(body, fur.base);
  painting.fill(ellipse(0, 1.05, 0.24, 0.34), fur.light);

  const ears = both((s) => ear(s, 0));
  fill(grown(union(head, ears), 0.05), fur.dark);
  fill(ears, marking === "mask" ? fur.dark : fur.base);
  fill(
    both((s) => ear(s, 0.1)),
    PINK,
  );
  fill(head, fur.base);
  fillMarking(fill, head, marking, fur, side);
  fill(ellipse(0, 0.44, 0.34, 0.23), fur.light);

  fillEyes(fill, both, cat);

  fill(
    triangle(
      [
        [-0.09, 0.27],
        [0.09, 0.27],
        [0, 0.35],
      ],
      0.04,
    ),
    PINK,
  );
  fill(
    both((s) => arc(s * 0.095, 0.43, 0.095, 0.055, "bottom")),
    INK,
    0.85,
  );
  fill(
    both((s) =>
      union(stroke(s * 0.44, 0.36, s * 0.95, 0.26, 0.055), stroke(s * 0.44, 0.48, s * 0.95, 0.52, 0.055)),
    ),
    isDark(fur.base) ? fur.light : INK,
    0.75,
  );
  return painting.pixels();
}

type Fill = (shape: Shape, colour: Colour, opacity?: number) => void;

const isDark = ([red, green, blue]: Colour) => red + green + blue < 300;

function fillMarking(fill: Fill, head: Shape, marking: Cat["marking"], fur: Fur, side: -1 | 1): void {
  if (marking === "tabby") {
    for (const x of [-0.22, 0, 0.22]) {
      fill(within(head, stroke(x, -0.6, 0.8 * x, x === 0 ? -0.2 : -0.26, 0.11)), fur.dark);
    }
    for (const s of [-1, 1]) {
      fill(within(head, stroke(s * 0.85, 0.12, s * 0.58, 0.16, 0.1)), fur.dark);
    }
  }
  if (marking === "patch") fill(within(head, ellipse(side * 0.38, -0.1, 0.38, 0.42)), fur.dark);
  if (marking === "mask") fill(within(head, ellipse(0, 0.3, 0.5, 0.44)), fur.dark);
}

function fillEyes(fill: Fill, both: (shape: (s: -1 | 1) => Shape) => Shape, cat: Cat): void {
  const x = 0.32;
  const y = 0.06;
  if (cat.isDozing) {
    const rim = isDark(cat.fur.base) || cat.marking === "mask" || cat.marking === "patch";
    if (rim)
      fill(
        both((s) => arc(s * x, y + 0.04, 0.14, 0.2, "bottom")),
        cat.fur.light,
      );
    fill(
      both((s) => arc(s * x, y + 0.04, 0.14, 0.09, "bottom")),
      INK,
    );
    return;
  }
  const tall = 0.15 + 0.06 * cat.openness;
  fill(
    both((s) => ellipse(s * x, y, 0.21, tall + 0.045)),
    INK,
  );
  fill(
    both((s) => ellipse(s * x, y, 0.17, tall)),
    cat.eyes,
  );
  const look = 0.05 * cat.gaze;
  fill(
    both((s) => ellipse(s * x + look, y, 0.08, tall - 0.02)),
    INK,
  );
  fill(
    both((s) => ellipse(s * x + look + 0.05, y - 0.07, 0.05, 0.05)),
    WHITE,
  );
}

export interface CatDatasetOptions {
  /** Pixels a side, at least 8. */
  readonly size: number;
  /** How many cats, 4,096 by default. */
  readonly count?: number;
  /** Another seed draws other cats, 0 by default. */
  readonly seed?: number;
}

const SMALLEST = 8;
const LARGEST = 1024;

/**
 * A set of cats; each is painted when it is first read, and kept as bytes.
 *
 * @throws DeblendError for a size or count that cannot be drawn
 */
export function createCatDataset({ size, count = 4096, seed = 0 }: CatDatasetOptions): ImageDataset {
  if (!Number.isInteger(size) || size < SMALLEST || size > LARGEST) {
    throw new DeblendError(
      `Cats are drawn at a whole number of pixels from ${SMALLEST} to ${LARGEST}, but got ${size}.`,
    );
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new DeblendError(`A set of cats holds a whole number of them, at least 1, but got ${count}.`);
  }
  const painted = new Map<number, Uint8Array>();
  return pixelDataset({
    length: count,
    shape: [3, size, size],
    classes: CAT_CLASSES,
    labels: Uint8Array.from({ length: count }, (_, index) => catClass(seed, index)),
    readBytes: (index, out) => {
      const pixels = painted.get(index) ?? paintCat(drawCat(seed, index), size);
      painted.set(index, pixels);
      out.set(pixels);
    },
  });
}
