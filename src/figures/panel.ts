/**
 * A panel of a figure: a square of the plane with a title, drawn on a Canvas 2D context (of a page or of Node).
 */
import type { Point } from "../theory/index.ts";

/** The part of a Canvas 2D context that the figures use. */
export type Context = Pick<
  CanvasRenderingContext2D,
  | "arc"
  | "beginPath"
  | "fill"
  | "fillRect"
  | "fillStyle"
  | "fillText"
  | "font"
  | "globalAlpha"
  | "lineTo"
  | "lineWidth"
  | "moveTo"
  | "stroke"
  | "strokeStyle"
  | "textAlign"
>;

export const FONT = "DejaVu Sans";
export const INK = "#23262f";
export const FAINT = "#7a8194";
const PAPER = "#f6f7fb";
/** Half the side of the square of the plane that a panel shows. */
const REACH = 1.35;

export interface Panel {
  /** Upper left corner and side, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** Draws the ground and the two lines of title above it. */
export function drawPanel(context: Context, { left, top, side }: Panel, title: string, note = ""): void {
  context.fillStyle = PAPER;
  context.fillRect(left, top, side, side);
  context.textAlign = "left";
  context.fillStyle = INK;
  context.font = `22px "${FONT}"`;
  context.fillText(title, left, top - 34);
  context.fillStyle = FAINT;
  context.font = `16px "${FONT}"`;
  context.fillText(note, left, top - 11);
}

/** Pixels of a point. */
export function place({ left, top, side }: Panel, [x, y]: Point): [number, number] {
  return [left + ((x / REACH + 1) / 2) * side, top + ((1 - y / REACH) / 2) * side];
}

/** A colour for where a point started: the angle decides the hue, the distance the lightness. */
export function colourOf([x, y]: Point): string {
  const hue = ((Math.atan2(y, x) / (2 * Math.PI)) * 360 + 390) % 360;
  return `hsl(${hue.toFixed(1)}, 72%, ${(62 - 22 * Math.min(1, Math.hypot(x, y))).toFixed(1)}%)`;
}

export function drawPoints(
  context: Context,
  panel: Panel,
  points: readonly Point[],
  colours: readonly string[],
  radius: number,
): void {
  points.forEach((point, i) => {
    const [x, y] = place(panel, point);
    context.fillStyle = colours[i % colours.length] ?? INK;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  });
}

export function drawPath(
  context: Context,
  panel: Panel,
  path: readonly Point[],
  { colour, width, opacity }: { readonly colour: string; readonly width: number; readonly opacity: number },
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.globalAlpha = opacity;
  context.beginPath();
  path.forEach((point, i) => {
    const [x, y] = place(panel, point);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.stroke();
  context.globalAlpha = 1;
}
