/**
 * What the shipped model gives for the page's own settings, as a picture of a few kilobytes: seen before the model loads.
 */

import type { Pixels } from "../../images/pixels.ts";
import { GRID_GAP } from "../../images/save.ts";

const POSTER = { url: new URL("model/cats-16.png", document.baseURI).href, side: 16, columns: 4 };

/** Cuts the grid that `deblend sample` wrote into its pictures. */
export async function posterPixels(): Promise<Pixels | undefined> {
  const { side, columns } = POSTER;
  const image = new Image();
  image.src = POSTER.url;
  try {
    await image.decode();
  } catch {
    // Without its poster the page is only emptier.
    return undefined;
  }
  // The command enlarges small pictures by whole numbers: here they get back their own pixels.
  const width = columns * (side + GRID_GAP) + GRID_GAP;
  const context = new OffscreenCanvas(width, width).getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, width, width);
  const count = columns * columns;
  const data = new Uint8ClampedArray(count * side * side * 4);
  for (let i = 0; i < count; i++) {
    const [left, top] = [i % columns, Math.floor(i / columns)].map((at) => GRID_GAP + at * (side + GRID_GAP));
    data.set(context.getImageData(left ?? 0, top ?? 0, side, side).data, i * side * side * 4);
  }
  return { count, width: side, height: side, data };
}
