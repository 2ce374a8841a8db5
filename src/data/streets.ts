/**
 * Small towns in two views: a street map in flat colours, and the same place as if seen from above, with roofs, shadows,
 * trees and water. Pairs to train on where no others are at hand.
 *
 * Town `index` of `seed` is always the same town, at any size. The map says where things are, not which roof or which
 * tree: one map has many satellite views, as in the paper's conditional model.
 */
import { fillUniform } from "../random/index.ts";
import { box, type Colour, createPainting, ellipse, type Shape, stroke, turned } from "./painting.ts";

interface House {
  readonly x: number;
  readonly y: number;
  /** Half the sides. */
  readonly width: number;
  readonly depth: number;
  readonly roof: Colour;
}

interface Tree {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly shade: number;
}

/** What makes one town; the picture spans [-1, 1]. */
export interface Town {
  /** Of the grid of streets, in radians. */
  readonly turn: number;
  /** Where streets run, in the grid's own axes, and whether they are wide. */
  readonly streets: readonly { readonly along: "x" | "y"; readonly at: number; readonly isWide: boolean }[];
  readonly park:
    | { readonly x: number; readonly y: number; readonly rx: number; readonly ry: number }
    | undefined;
  /** A river from edge to edge: where it enters, bends and leaves. */
  readonly river: readonly (readonly [number, number])[] | undefined;
  readonly houses: readonly House[];
  readonly trees: readonly Tree[];
  /** Seed of the ground's texture. */
  readonly grain: number;
}

const MAP = {
  land: [236, 230, 218],
  house: [206, 186, 176],
  street: [255, 255, 255],
  avenue: [250, 214, 120],
  park: [176, 218, 158],
  water: [150, 196, 234],
} as const satisfies Record<string, Colour>;

const ROOFS: readonly Colour[] = [
  [178, 92, 66],
  [150, 78, 60],
  [196, 120, 86],
  [120, 112, 108],
  [168, 160, 152],
  [94, 98, 110],
];
const GROUND: Colour = [134, 128, 98];
const GRASS: Colour = [92, 122, 66];
const ASPHALT: Colour = [104, 104, 108];
const PAINT: Colour = [206, 202, 186];
const WATER: Colour = [44, 82, 96];
const SHADOW: Colour = [26, 30, 34];

const NARROW = 0.1;
const WIDE = 0.17;
/** The sun stands in the upper left. */
const SUN = [0.035, 0.045] as const;
const UNIFORMS = 512;

/** The factors of town `index` of `seed`. */
export function drawTown(seed: number, index: number): Town {
  const u = new Float32Array(UNIFORMS);
  fillUniform(u, { seed, purpose: "streets", index });
  let next = 0;
  const uniform = () => u[next++ % UNIFORMS] ?? 0;
  const between = (low: number, high: number) => low + (high - low) * uniform();

  const turn = between(-0.5, 0.5);
  const axis = (along: "x" | "y") => {
    const count = uniform() < 0.5 ? 2 : 3;
    const first = between(-0.95, -0.65);
    const gap = between(0.58, 0.78);
    return Array.from({ length: count }, (_, i) => ({
      along,
      at: first + i * gap + between(-0.05, 0.05),
      isWide: uniform() < 0.22,
    }));
  };
  const streets = [...axis("x"), ...axis("y")];
  const hasPark = uniform() < 0.55;
  const park = {
    x: between(-0.7, 0.7),
    y: between(-0.7, 0.7),
    rx: between(0.25, 0.5),
    ry: between(0.22, 0.42),
  };
  const hasRiver = uniform() < 0.35;
  const isAcross = uniform() < 0.5;
  const bends = [-1.3, between(-0.4, 0.4), 1.3].map(
    (t) => (isAcross ? [t, between(-0.8, 0.8)] : [between(-0.8, 0.8), t]) as [number, number],
  );
  const town = {
    ...{ turn, streets, grain: Math.floor(2 ** 20 * uniform()) },
    park: hasPark ? park : undefined,
    river: hasRiver ? bends : undefined,
  };
  const ground = shapesOf({ ...town, houses: [], trees: [] });

  const houses: House[] = [];
  for (let row = 0; row < 9; row++) {
    for (let column = 0; column < 9; column++) {
      const [x, y] = [-1.2 + 0.3 * column + between(-0.05, 0.05), -1.2 + 0.3 * row + between(-0.05, 0.05)];
      const [width, depth] = [between(0.075, 0.125), between(0.075, 0.125)];
      const roof = ROOFS[Math.floor(uniform() * ROOFS.length)] ?? GROUND;
      const reach = Math.max(width, depth) + 0.05;
      const [px, py] = onPicture(turn, x, y);
      const isFree =
        ground.streets.every(({ shape }) => shape(px, py) > reach) &&
        (ground.water?.(px, py) ?? 1) > reach &&
        (ground.park?.(px, py) ?? 1) > reach * 0.6;
      if (isFree && uniform() < 0.9) houses.push({ x, y, width, depth, roof });
    }
  }
  const trees: Tree[] = [];
  for (let i = 0; i < 60; i++) {
    const [x, y] = [between(-1, 1), between(-1, 1)];
    const isGreen = (ground.park?.(x, y) ?? 1) < -0.04;
    const isFree =
      ground.streets.every(({ shape }) => shape(x, y) > 0.03) && (ground.water?.(x, y) ?? 1) > 0.05;
    if (isFree && (isGreen || i % 5 === 0))
      trees.push({ x, y, radius: between(0.035, 0.075), shade: uniform() });
  }
  return { ...town, houses, trees };
}

/** A place in the grid's axes as a place in the picture. */
function onPicture(turn: number, x: number, y: number): [number, number] {
  return [Math.cos(turn) * x - Math.sin(turn) * y, Math.sin(turn) * x + Math.cos(turn) * y];
}

/** The outlines that both views share. */
function shapesOf({ turn, streets, park, river, houses }: Town) {
  const aligned = (shape: Shape) => turned(shape, turn, 0, 0, 0, 0);
  const [enter, bend, leave] = river ?? [];
  const water: Shape | undefined =
    enter && bend && leave
      ? (x, y) => Math.min(stroke(...enter, ...bend, 0.26)(x, y), stroke(...bend, ...leave, 0.26)(x, y))
      : undefined;
  return {
    streets: streets.map(({ along, at, isWide }) => ({
      isWide,
      shape: aligned(
        along === "x"
          ? stroke(-2, at, 2, at, isWide ? WIDE : NARROW)
          : stroke(at, -2, at, 2, isWide ? WIDE : NARROW),
      ),
      line: aligned(along === "x" ? stroke(-2, at, 2, at, 0.012) : stroke(at, -2, at, 2, 0.012)),
    })),
    water,
    park: park && ellipse(park.x, park.y, park.rx, park.ry),
    houses: houses.map((house) => ({
      house,
      shape: aligned(box(house.x, house.y, house.width, house.depth)),
      /** The half of the roof that the sun does not reach. */
      shaded: aligned(box(house.x, house.y + house.depth / 2, house.width, house.depth / 2)),
    })),
  };
}

/** The street map, [3, size, size], 0 to 255. */
export function paintStreetMap(town: Town, size: number): Uint8Array {
  const { streets, water, park, houses } = shapesOf(town);
  const painting = createPainting(size, MAP.land);
  if (park) painting.fill(park, MAP.park);
  if (water) painting.fill(water, MAP.water);
  for (const { shape } of houses) painting.fill(shape, MAP.house);
  for (const { shape, isWide } of streets) painting.fill(shape, isWide ? MAP.avenue : MAP.street);
  return painting.pixels();
}

/** The view from above, [3, size, size], 0 to 255. */
export function paintSatellite(town: Town, size: number): Uint8Array {
  const { streets, water, park, houses } = shapesOf(town);
  const painting = createPainting(size, GROUND);
  const moved =
    (shape: Shape, times: number): Shape =>
    (x, y) =>
      shape(x - times * SUN[0], y - times * SUN[1]);
  if (park) painting.fill(park, GRASS);
  if (water) painting.fill(water, WATER);
  for (const { shape } of streets) painting.fill(shape, ASPHALT);
  for (const { line, isWide } of streets) if (isWide) painting.fill(line, PAINT, 0.7);
  for (const { shape } of houses) painting.fill(moved(shape, 1), SHADOW, 0.55);
  for (const { house, shape, shaded } of houses) {
    painting.fill(shape, house.roof);
    painting.fill(shaded, SHADOW, 0.25);
  }
  for (const { x, y, radius, shade } of town.trees) {
    const crown = ellipse(x, y, radius, radius);
    painting.fill(moved(crown, 0.7), SHADOW, 0.5);
    painting.fill(crown, [44 + 30 * shade, 80 + 34 * shade, 38 + 14 * shade]);
    painting.fill(ellipse(x - radius / 4, y - radius / 3, radius / 2, radius / 2), [92, 128, 62], 0.5);
  }
  return grained(painting.pixels(), size, town.grain);
}

/** Uneven light over the ground, the same at every size: two layers of smooth noise. */
function grained(pixels: Uint8Array, size: number, grain: number): Uint8Array {
  const plane = size * size;
  return pixels.map((value, i) => {
    const [x, y] = [(i % size) / size, Math.floor((i % plane) / size) / size];
    const light = smoothNoise(9 * x, 9 * y, grain) + 0.6 * smoothNoise(24 * x, 24 * y, grain + 1);
    return Math.min(255, Math.max(0, Math.round(value * (1 + 0.14 * light))));
  });
}

/** Values in [-1, 1] on whole numbers, blended between them. */
function smoothNoise(x: number, y: number, seed: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const ease = (t: number) => t * t * (3 - 2 * t);
  const [s, t] = [ease(x - column), ease(y - row)];
  const at = (dx: number, dy: number) => latticeValue(column + dx, row + dy, seed);
  return (1 - t) * ((1 - s) * at(0, 0) + s * at(1, 0)) + t * ((1 - s) * at(0, 1) + s * at(1, 1));
}

/** A mixture of bits; texture needs no better randomness. */
function latticeValue(x: number, y: number, seed: number): number {
  let bits = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 31 - 1;
}
