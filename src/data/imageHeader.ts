/**
 * Format and size of a picture from its first bytes, before anything is decoded.
 *
 * PNG (W3C PNG, section 11.2.2), JPEG (ITU T.81, B.2.2) and WebP (RFC 9649): a picture that claims more pixels than
 * allowed is refused here, whatever its file size, and a file of another format never reaches a decoder.
 */
import { ascii, jpegSegments } from "./imageParts.ts";
import { isOnItsSide, orientationOf } from "./orientation.ts";

/** What the header claims. */
export interface ImageHeader {
  readonly format: "png" | "jpeg" | "webp";
  /** In pixels, of the picture as it is decoded: turned upright, as its EXIF data tell. */
  readonly width: number;
  readonly height: number;
}

/** The header of a PNG, JPEG or WebP file; undefined where the bytes are none of them or end inside the header. */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const stored = pngHeader(view) ?? jpegHeader(view) ?? webpHeader(view);
    if (stored === undefined || !isOnItsSide(orientationOf(view, stored.format))) return stored;
    return { ...stored, width: stored.height, height: stored.width };
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function pngHeader(view: DataView): ImageHeader | undefined {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return undefined;
  if (ascii(view, 12) !== "IHDR") return undefined;
  return { format: "png", width: view.getUint32(16), height: view.getUint32(20) };
}

/** From the frame header (SOF0 to SOF15, without DHT, JPG and DAC). */
function jpegHeader(view: DataView): ImageHeader | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (const { kind, start } of jpegSegments(view)) {
    const isFrame = kind >= 0xc0 && kind <= 0xcf && kind !== 0xc4 && kind !== 0xc8 && kind !== 0xcc;
    if (isFrame)
      return { format: "jpeg", height: view.getUint16(start + 1), width: view.getUint16(start + 3) };
  }
  return undefined;
}

function webpHeader(view: DataView): ImageHeader | undefined {
  if (ascii(view, 0) !== "RIFF" || ascii(view, 8) !== "WEBP") return undefined;
  const kind = ascii(view, 12);
  if (kind === "VP8X") return { format: "webp", width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return { format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind === "VP8 ") {
    return {
      format: "webp",
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
    };
  }
  return undefined;
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
}
