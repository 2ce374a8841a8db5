/**
 * The parts that picture files are made of: segments of a JPEG (ITU T.81, B.1.1), chunks of a PNG (W3C PNG, section 5.3)
 * and of a WebP (RFC 9649, section 2.3), in the order of the file.
 *
 * @throws RangeError where the file ends inside a part that is asked for
 */

export interface ImagePart<Kind> {
  readonly kind: Kind;
  /** Where its content begins, and how many bytes it has. */
  readonly start: number;
  readonly length: number;
}

/** Segments by their marker, up to the compressed pixels. */
export function* jpegSegments(view: DataView): Generator<ImagePart<number>> {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const kind = view.getUint8(at + 1);
    if (kind === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (kind === 0xd9 || kind === 0xda) return;
    if (kind === 0x01 || (kind >= 0xd0 && kind <= 0xd8)) {
      at += 2; // a marker alone
      continue;
    }
    const length = view.getUint16(at + 2);
    yield { kind, start: at + 4, length: length - 2 };
    at += 2 + length;
  }
}

/** Chunks by their name, up to the compressed pixels. */
export function* pngChunks(view: DataView): Generator<ImagePart<string>> {
  for (let at = 8; ; ) {
    const [length, kind] = [view.getUint32(at), ascii(view, at + 4)];
    if (kind === "IDAT" || kind === "IEND") return;
    yield { kind, start: at + 8, length };
    at += 12 + length;
  }
}

/** Chunks by their name. */
export function* webpChunks(view: DataView): Generator<ImagePart<string>> {
  for (let at = 12; at < view.byteLength; ) {
    const length = view.getUint32(at + 4, true);
    yield { kind: ascii(view, at), start: at + 8, length };
    at += 8 + length + (length % 2);
  }
}

/** Four letters. */
export function ascii(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
