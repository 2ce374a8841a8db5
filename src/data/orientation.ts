/**
 * Which way up a picture is held: the orientation that its EXIF data tell (CIPA DC-008, tag 0x0112), 1 to 8.
 *
 * The data are a small TIFF file, in an APP1 segment of a JPEG, the eXIf chunk of a PNG or the EXIF chunk of a WebP. The
 * first such part counts, as for the library that decodes.
 */
import type { ImageHeader } from "./imageHeader.ts";
import { ascii, type ImagePart, jpegSegments, pngChunks, webpChunks } from "./imageParts.ts";

const UPRIGHT = 1;
const ORIENTATION = 0x0112;
const APP1 = 0xe1;

/** 1, upright, where the picture says nothing that means anything. */
export function orientationOf(view: DataView, format: ImageHeader["format"]): number {
  try {
    const start = exifStart(view, format);
    const said = start === undefined ? undefined : tagValue(view, start);
    return said !== undefined && said >= 1 && said <= 8 ? said : UPRIGHT;
  } catch (thrown) {
    if (thrown instanceof RangeError) return UPRIGHT;
    throw thrown;
  }
}

/** Whether width and height change places when the picture is turned upright. */
export const isOnItsSide = (orientation: number) => orientation >= 5;

/** Where the TIFF file begins; undefined where there is none. */
function exifStart(view: DataView, format: ImageHeader["format"]): number | undefined {
  // "Exif" and two zeros stand before it in a JPEG always, elsewhere by mistake.
  const isMarked = ({ start, length }: ImagePart<unknown>) => length >= 6 && ascii(view, start) === "Exif";
  if (format === "jpeg") {
    for (const part of jpegSegments(view)) if (part.kind === APP1 && isMarked(part)) return part.start + 6;
    return undefined;
  }
  const [chunks, name] = format === "png" ? [pngChunks(view), "eXIf"] : [webpChunks(view), "EXIF"];
  for (const part of chunks) if (part.kind === name) return part.start + (isMarked(part) ? 6 : 0);
  return undefined;
}

/** The value of the tag in the first directory of a TIFF file (TIFF 6.0, section 2). */
function tagValue(view: DataView, start: number): number | undefined {
  const order = view.getUint16(start);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const isLittle = order === 0x4949;
  const directory = start + view.getUint32(start + 4, isLittle);
  const entries = view.getUint16(directory, isLittle);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const type = view.getUint16(at + 2, isLittle);
    // A SHORT by the standard; cameras write BYTE and LONG too, signed ones as well.
    if (type === 1) return view.getUint8(at + 8);
    if (type === 3 || type === 8) return view.getUint16(at + 8, isLittle);
    if (type === 4 || type === 9) return view.getUint32(at + 8, isLittle);
  }
  return undefined;
}
