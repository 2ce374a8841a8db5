/**
 * Files that the page hands to a person: pictures as PNG, and bytes of any kind.
 */
import { DeblendError } from "../../../src/index.ts";
import { imageOf, type Pixels } from "./pixels.ts";

/** Pixels between pictures, as `deblend sample` leaves them. */
export const GRID_GAP = 2;

/** Lays pictures out in rows on white, as `deblend sample` does. */
export async function gridPng(pixels: Pixels, columns: number, scale: number): Promise<Blob> {
  const { count, width, height } = pixels;
  const shown = Math.min(columns, count);
  const rows = Math.ceil(count / shown);
  const small = new OffscreenCanvas(
    shown * (width + GRID_GAP) + GRID_GAP,
    rows * (height + GRID_GAP) + GRID_GAP,
  );
  const context = small.getContext("2d");
  const large = new OffscreenCanvas(small.width * scale, small.height * scale);
  const scaled = large.getContext("2d");
  if (context === null || scaled === null) throw new DeblendError("This browser gives no canvas to draw on.");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, small.width, small.height);
  for (let i = 0; i < count; i++) {
    const [left, top] = [
      GRID_GAP + (i % shown) * (width + GRID_GAP),
      GRID_GAP + Math.floor(i / shown) * (height + GRID_GAP),
    ];
    context.putImageData(imageOf(pixels, i), left, top);
  }
  scaled.imageSmoothingEnabled = false;
  scaled.drawImage(small, 0, 0, large.width, large.height);
  return large.convertToBlob({ type: "image/png" });
}

/** Starts a download. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken the content over once the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
