/**
 * Inpainting: the condition is the picture with a hole in it, and one more channel that says where the hole is.
 *
 * Inside the hole the picture is 0 and the mask 1; outside, the mask is -1. (A dropped condition is 0 in every channel,
 * mask included, so it is not taken for a picture.)
 */
import { DeblendError } from "../../errors.ts";
import { fillUniform } from "../../random/index.ts";
import { type DrawKey, type Picture, parameterError, planeSize, type Task, type TaskKind } from "./task.ts";

const SYNTAX = "inpaint[:box|strokes]";

/** Marks the pixels of a hole in a plane of zeros, [height, width]. */
type Hole = (
  mark: (x: number, y: number) => void,
  height: number,
  width: number,
  u: (i: number) => number,
) => void;

const UNIFORMS = 64;

/** A rectangle with sides of a quarter to a half of the picture's, anywhere inside. */
const box: Hole = (mark, height, width, u) => {
  const tall = Math.max(1, Math.round(height * (0.25 + 0.25 * u(0))));
  const wide = Math.max(1, Math.round(width * (0.25 + 0.25 * u(1))));
  const top = Math.floor((height - tall + 1) * u(2));
  const left = Math.floor((width - wide + 1) * u(3));
  for (let y = top; y < top + tall; y++) for (let x = left; x < left + wide; x++) mark(x, y);
};

/** Two to five thick lines with a bend in each, as of a brush. */
const strokes: Hole = (mark, height, width, u) => {
  const count = 2 + Math.floor(4 * u(0));
  for (let s = 0; s < count; s++) {
    const at = (i: number) => u(1 + 8 * s + i);
    const radius = Math.max(0.7, (Math.min(height, width) * (0.04 + 0.06 * at(0))) / 2);
    const corner = (i: number) => [width * at(i), height * at(i + 1)] as const;
    line(mark, corner(1), corner(3), radius, height, width);
    line(mark, corner(3), corner(5), radius, height, width);
  }
};

const holes: Readonly<Record<string, Hole>> = { box, strokes };

export const inpaint: TaskKind = {
  name: "inpaint",
  syntax: SYNTAX,
  parse: (parameters) => {
    const [shape = "box"] = parameters;
    const hole = Object.hasOwn(holes, shape) ? holes[shape] : undefined;
    if (hole === undefined || parameters.length > 1) throw parameterError("inpaint", SYNTAX, parameters);
    return withHole(shape, hole);
  },
};

function withHole(shape: string, hole: Hole): Task {
  return {
    name: "inpaint",
    spelling: `inpaint:${shape}`,
    description: `the picture with a hole (${shape}), and a mask of the hole as a further channel`,
    isPaired: false,
    isLabelled: false,
    conditionChannels: (channels) => channels + 1,
    degrade: (picture, out, key) => maskPicture(picture, drawMask(hole, picture, key), out),
  };
}

/** A hole's mask, [height, width]: 1 inside, 0 outside. */
function drawMask(hole: Hole, { shape }: Picture, { seed, index }: DrawKey): Uint8Array {
  const [, height, width] = shape;
  const uniforms = new Float32Array(UNIFORMS);
  fillUniform(uniforms, { seed, purpose: "condition", index });
  const mask = new Uint8Array(planeSize(shape));
  hole(
    (x, y) => {
      mask[y * width + x] = 1;
    },
    height,
    width,
    (i) => uniforms[i] ?? 0,
  );
  return mask;
}

/**
 * The condition for a picture and a mask of one's own.
 *
 * @param mask [height, width], 0 outside the hole
 * @throws DeblendError for a mask without a hole
 */
export function maskPicture({ data, shape }: Picture, mask: ArrayLike<number>, out: Float32Array): void {
  const plane = planeSize(shape);
  let inside = 0;
  for (let i = 0; i < plane; i++) {
    const isHole = (mask[i] ?? 0) !== 0;
    if (isHole) inside++;
    for (let c = 0; c < shape[0]; c++) out[c * plane + i] = isHole ? 0 : (data[c * plane + i] ?? 0);
    out[shape[0] * plane + i] = isHole ? 1 : -1;
  }
  if (inside === 0)
    throw new DeblendError("The mask has no hole: paint white where the picture is to be filled in.");
}

function line(
  mark: (x: number, y: number) => void,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  radius: number,
  height: number,
  width: number,
): void {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = Math.max(1e-9, dx * dx + dy * dy);
  const range = (a: number, b: number, size: number) =>
    [
      Math.max(0, Math.floor(Math.min(a, b) - radius)),
      Math.min(size - 1, Math.ceil(Math.max(a, b) + radius)),
    ] as const;
  const [left, right] = range(ax, bx, width);
  const [top, bottom] = range(ay, by, height);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / squared));
      if ((px - along * dx) ** 2 + (py - along * dy) ** 2 <= radius * radius) mark(x, y);
    }
  }
}
