/**
 * A small raster painter: flat colours inside shapes that are given by their signed distance, edges one pixel soft.
 *
 * It draws the same bytes in Node and in every browser, which a Canvas does not promise. The picture spans [-1, 1] in
 * both directions, y grows downwards, whatever its size in pixels.
 */

/** Signed distance to an outline, in picture units, negative inside; never more than the true distance. */
export type Shape = (x: number, y: number) => number;

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Of a vector; several times faster than `Math.hypot`, whose care for huge numbers is not needed here. */
const length = (x: number, y: number) => Math.sqrt(x * x + y * y);

export function ellipse(cx: number, cy: number, rx: number, ry: number): Shape {
  const radius = Math.min(rx, ry);
  return (x, y) => (length((x - cx) / rx, (y - cy) / ry) - 1) * radius;
}

/** A rectangle with its sides along the axes; `rx` and `ry` are half of them. */
export function box(cx: number, cy: number, rx: number, ry: number): Shape {
  return (x, y) => {
    const dx = Math.abs(x - cx) - rx;
    const dy = Math.abs(y - cy) - ry;
    return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0);
  };
}

/** A line from a to b with round ends. */
export function stroke(ax: number, ay: number, bx: number, by: number, width: number): Shape {
  const dx = bx - ax;
  const dy = by - ay;
  const squared = dx * dx + dy * dy;
  return (x, y) => {
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / squared));
    return length(x - ax - along * dx, y - ay - along * dy) - width / 2;
  };
}

/** A half ring from (cx - r, cy) over its top (or bottom) to (cx + r, cy). */
export function arc(cx: number, cy: number, r: number, width: number, side: "top" | "bottom"): Shape {
  const sign = side === "top" ? -1 : 1;
  return (x, y) => {
    const isOnSide = sign * (y - cy) >= 0;
    const toEnd = length(Math.abs(x - cx) - r, y - cy);
    return (isOnSide ? Math.abs(length(x - cx, y - cy) - r) : toEnd) - width / 2;
  };
}

/** A triangle with its corners rounded by `round`. */
export function triangle(corners: readonly (readonly [number, number])[], round: number): Shape {
  const edges = corners.map(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length] ?? [ax, ay];
    return { toSide: stroke(ax, ay, bx, by, 0), ax, ay, dx: bx - ax, dy: by - ay };
  });
  return (x, y) => {
    let distance = Number.POSITIVE_INFINITY;
    let turns = 0;
    for (const { toSide, ax, ay, dx, dy } of edges) {
      distance = Math.min(distance, toSide(x, y));
      turns += Math.sign(dx * (y - ay) - dy * (x - ax));
    }
    return (Math.abs(turns) === edges.length ? -distance : distance) - round;
  };
}

export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) => {
    let least = Number.POSITIVE_INFINITY;
    for (const shape of shapes) least = Math.min(least, shape(x, y));
    return least;
  };

/** What lies in both. */
export const within =
  (outer: Shape, inner: Shape): Shape =>
  (x, y) =>
    Math.max(outer(x, y), inner(x, y));

/** A shape made larger on all sides. */
export const grown =
  (shape: Shape, by: number): Shape =>
  (x, y) =>
    shape(x, y) - by;

/** A shape turned clockwise about a point, then moved. */
export function turned(shape: Shape, angle: number, cx: number, cy: number, dx: number, dy: number): Shape {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (x, y) => {
    const px = x - cx - dx;
    const py = y - cy - dy;
    return shape(cx + cos * px + sin * py, cy - sin * px + cos * py);
  };
}

/** A picture being painted, later shapes over earlier ones. */
export interface Painting {
  fill(shape: Shape, colour: Colour, opacity?: number): void;
  /** [3, size, size], 0 to 255. */
  pixels(): Uint8Array;
}

/** Samples along each side of a pixel: small pictures need more. */
const SMALL = 64;

export function createPainting(size: number, background: Colour): Painting {
  const samples = size < SMALL ? 2 : 1;
  const side = size * samples;
  const step = 2 / side;
  const plane = side * side;
  const values = new Float32Array(3 * plane);
  background.forEach((value, c) => {
    values.fill(value, c * plane, (c + 1) * plane);
  });
  const blend = (start: number, count: number, colour: Colour, cover: number) => {
    for (let c = 0; c < 3; c++) {
      const value = colour[c] ?? 0;
      for (let at = c * plane + start; at < c * plane + start + count; at++) {
        const below = values[at] ?? 0;
        values[at] = below + cover * (value - below);
      }
    }
  };
  return {
    fill(shape, colour, opacity = 1) {
      for (let row = 0; row < side; row++) {
        const y = -1 + (row + 0.5) * step;
        for (let column = 0; column < side; ) {
          const distance = shape(-1 + (column + 0.5) * step, y);
          // Within this distance of the sample there is no edge, so the row goes on as it is.
          const same = Math.max(1, Math.min(side - column, Math.ceil(Math.abs(distance) / step - 0.5)));
          const cover = opacity * Math.min(1, Math.max(0, 0.5 - distance / step));
          if (cover > 0) blend(row * side + column, same, colour, cover);
          column += same;
        }
      }
    },
    pixels() {
      const out = new Uint8Array(3 * size * size);
      for (let i = 0; i < out.length; i++) {
        const corner = Math.floor(i / size) * samples * side + (i % size) * samples;
        let sum = 0;
        for (let dy = 0; dy < samples; dy++) {
          for (let dx = 0; dx < samples; dx++) sum += values[corner + dy * side + dx] ?? 0;
        }
        out[i] = Math.round(sum / samples ** 2);
      }
      return out;
    },
  };
}
