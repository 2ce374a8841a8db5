/**
 * Figures as PNG files, with the project's own font, so that they are the same on every system.
 */
import { createRequire } from "node:module";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import { FONT } from "../figures/panel.ts";
import { writeFileSafely } from "./files.ts";

/** Draws on a canvas and writes it. */
export async function writeCanvas(
  file: string,
  [width, height]: readonly [number, number],
  draw: (context: CanvasRenderingContext2D) => void,
): Promise<void> {
  if (!GlobalFonts.has(FONT)) {
    GlobalFonts.registerFromPath(
      createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
      FONT,
    );
  }
  const canvas = createCanvas(width, height);
  draw(canvas.getContext("2d") as unknown as CanvasRenderingContext2D);
  await writeFileSafely(file, await canvas.encode("png"));
}
