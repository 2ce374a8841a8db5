/**
 * A sheet of pictures in rows and columns with their names, as the paper shows its conditional models: input, reference,
 * generations.
 */
import type { Batch } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { FAINT, FONT, INK } from "./panel.ts";

/** The part of a Canvas 2D context that a sheet uses. */
export type SheetContext = Pick<
  CanvasRenderingContext2D,
  | ("createImageData" | "fillRect" | "fillStyle" | "fillText" | "font" | "measureText")
  | ("putImageData" | "textAlign")
>;

export interface Sheet {
  /** Above the pictures; none draws no heads. */
  readonly columns: readonly string[];
  /** Left of the pictures. */
  readonly rows: readonly string[];
  /** Row by row: [rows * columns, 1 or 3, height, width] in [-1, 1]. */
  readonly pictures: Batch;
  /** Pixels a side that one becomes. */
  readonly scale: number;
}

const GAP = 6;
const MARGIN = 12;
const HEAD = 26;
const LETTERS = 18;
/** Width of a letter at 13 pixels, near enough to keep room for names. */
const LETTER = 8;

/** How the sheet is divided, in pixels. */
function layOut({ columns, rows, pictures: { shape }, scale }: Sheet) {
  const [n, , height = 1, width = 1] = shape;
  const across = rows.length === 0 ? 0 : n / rows.length;
  if (
    shape.length !== 4 ||
    !Number.isInteger(across) ||
    across < 1 ||
    (columns.length > 0 && columns.length !== across)
  ) {
    throw new DeblendError(
      `A sheet of ${rows.length} rows needs as many pictures in each, but got a batch of shape [${shape.join(", ")}].`,
    );
  }
  const longest = Math.min(
    LETTERS,
    rows.reduce((most, { length }) => Math.max(most, length), 0),
  );
  const left = MARGIN + (longest > 0 ? longest * LETTER + GAP : 0);
  const top = MARGIN + (columns.length > 0 ? HEAD : 0);
  const cell = { width: width * scale, height: height * scale };
  return {
    ...{ across, left, top, cell },
    width: left + across * (cell.width + GAP) - GAP + MARGIN,
    height: top + rows.length * (cell.height + GAP) - GAP + MARGIN,
  };
}

/** Width and height of the sheet in pixels. */
export function sheetSize(sheet: Sheet): [number, number] {
  const { width, height } = layOut(sheet);
  return [width, height];
}

export function drawSheet(context: SheetContext, sheet: Sheet): void {
  const { across, left, top, cell, width, height } = layOut(sheet);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.font = `13px "${FONT}"`;
  context.textAlign = "center";
  context.fillStyle = INK;
  for (const [i, name] of sheet.columns.entries()) {
    const shown = fitted(context, name, cell.width + GAP);
    context.fillText(shown, left + i * (cell.width + GAP) + cell.width / 2, top - 10);
  }
  context.textAlign = "right";
  context.fillStyle = FAINT;
  for (const [i, name] of sheet.rows.entries()) {
    const shown = fitted(context, name, left - MARGIN);
    context.fillText(shown, left - GAP - 2, top + i * (cell.height + GAP) + cell.height / 2 + 5);
  }
  for (let i = 0; i < sheet.pictures.shape[0]; i++) {
    const x = left + (i % across) * (cell.width + GAP);
    const y = top + Math.floor(i / across) * (cell.height + GAP);
    drawPicture(context, sheet, i, x, y);
  }
}

/** The name, cut where it is wider than its place. */
function fitted(context: SheetContext, name: string, width: number): string {
  let shown = name;
  while (shown.length > 1 && context.measureText(shown).width > width) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

function drawPicture(
  context: SheetContext,
  { pictures, scale }: Sheet,
  index: number,
  left: number,
  top: number,
): void {
  const [, channels = 1, height = 1, width = 1] = pictures.shape;
  const image = context.createImageData(width * scale, height * scale);
  const plane = height * width;
  const start = index * channels * plane;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = start + Math.floor(y / scale) * width + Math.floor(x / scale);
      const to = 4 * (y * width * scale + x);
      for (let c = 0; c < 3; c++) {
        const value = pictures.data[from + Math.min(c, channels - 1) * plane] ?? 0;
        image.data[to + c] = Math.round(127.5 * (value + 1));
      }
      image.data[to + 3] = 255;
    }
  }
  context.putImageData(image, left, top);
}
