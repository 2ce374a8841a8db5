/**
 * Drawing in the plane on a canvas: points, paths, segments and arrows, in the plane's coordinates.
 *
 * Points come as [x, y, x, y, ...]. Everything of one colour is one path, because canvases are slow at changing colours.
 */
import type { theory } from "../../../src/index.ts";

/** Half the side of the square that a figure shows. */
export const REACH = 1.35;

export interface PlaneView {
  readonly context: CanvasRenderingContext2D;
  /** Side in CSS pixels. */
  readonly side: number;
  readonly x: (x: number) => number;
  readonly y: (y: number) => number;
}

/** Clears the canvas and gives it the plane's coordinates. */
export function openPlane(canvas: HTMLCanvasElement, side: number, ratio: number): PlaneView | undefined {
  const context = canvas.getContext("2d");
  if (context === null) return undefined;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, side, side);
  context.lineCap = "round";
  context.lineJoin = "round";
  return {
    context,
    side,
    x: (x) => ((x / REACH + 1) / 2) * side,
    y: (y) => ((1 - y / REACH) / 2) * side,
  };
}

/** The point of the plane at a place of the figure, both from 0 to 1, from the upper left corner. */
export const pointAt = (right: number, down: number): theory.Point => {
  const clamp = (value: number) => Math.round(1000 * REACH * Math.max(-1, Math.min(1, value))) / 1000;
  return [clamp(2 * right - 1), clamp(1 - 2 * down)];
};

export interface Stroke {
  readonly colour: string;
  /** In CSS pixels; a dot's diameter. */
  readonly width: number;
  readonly opacity?: number;
}

const begin = ({ context }: PlaneView, { colour, width, opacity = 1 }: Stroke) => {
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
};

/** Small dots, drawn as squares: the eye sees no difference, and thousands of them keep 60 frames a second. */
export function drawDots(view: PlaneView, points: ArrayLike<number>, stroke: Stroke): void {
  begin(view, stroke);
  const { context, x, y } = view;
  const { width } = stroke;
  for (let i = 0; i + 1 < points.length; i += 2) {
    context.rect(x(points[i] ?? 0) - width / 2, y(points[i + 1] ?? 0) - width / 2, width, width);
  }
  context.fill();
  context.globalAlpha = 1;
}

/** One round dot. */
export function drawDot(view: PlaneView, [px, py]: theory.Point, stroke: Stroke): void {
  begin(view, stroke);
  view.context.arc(view.x(px), view.y(py), stroke.width / 2, 0, 2 * Math.PI);
  view.context.fill();
  view.context.globalAlpha = 1;
}

export function drawPath(view: PlaneView, points: ArrayLike<number>, stroke: Stroke): void {
  begin(view, stroke);
  for (let i = 0; i + 1 < points.length; i += 2) {
    view.context.lineTo(view.x(points[i] ?? 0), view.y(points[i + 1] ?? 0));
  }
  view.context.stroke();
  view.context.globalAlpha = 1;
}

/** Many segments, [x, y, x', y', ...]. */
export function drawSegments(view: PlaneView, ends: ArrayLike<number>, stroke: Stroke): void {
  begin(view, stroke);
  for (let i = 0; i + 3 < ends.length; i += 4) {
    view.context.moveTo(view.x(ends[i] ?? 0), view.y(ends[i + 1] ?? 0));
    view.context.lineTo(view.x(ends[i + 2] ?? 0), view.y(ends[i + 3] ?? 0));
  }
  view.context.stroke();
  view.context.globalAlpha = 1;
}

/** Arrows at points along directions, both [n, 2], the directions scaled; far outside the densities they could be of any length. */
export function drawArrows(
  view: PlaneView,
  points: ArrayLike<number>,
  directions: ArrayLike<number>,
  { scale, longest = Infinity, ...stroke }: Stroke & { readonly scale: number; readonly longest?: number },
): void {
  begin(view, stroke);
  const { context, x, y } = view;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [fromX, fromY] = [points[i] ?? 0, points[i + 1] ?? 0];
    const length = scale * Math.hypot(directions[i] ?? 0, directions[i + 1] ?? 0);
    const kept = scale * Math.min(1, longest / Math.max(length, 1e-9));
    const [dx, dy] = [kept * (directions[i] ?? 0), kept * (directions[i + 1] ?? 0)];
    const [toX, toY] = [fromX + dx, fromY + dy];
    context.moveTo(x(fromX), y(fromY));
    context.lineTo(x(toX), y(toY));
    // The head: two short strokes, 150 degrees from the direction.
    for (const turn of [-1, 1]) {
      const [headX, headY] = [-0.866 * dx - turn * 0.5 * dy, turn * 0.5 * dx - 0.866 * dy];
      context.moveTo(x(toX), y(toY));
      context.lineTo(x(toX + 0.3 * headX), y(toY + 0.3 * headY));
    }
  }
  context.stroke();
  context.globalAlpha = 1;
}
