/**
 * Gray to colour and back, for images that are already raw bytes.
 *
 * The gray of a colour is its luminance: sRGB made linear, weighted as Rec. 709 does, made sRGB again (IEC 61966-2-1);
 * libvips, which decodes the other images, does the same.
 */

export type ChannelCount = 1 | 3;

const toLinear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const fromLinear = (light: number) =>
  light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;

const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => toLinear(byte / 255));

/** Planes [from, height, width] as planes [to, height, width]. */
export function toChannels(planes: Uint8Array, from: ChannelCount, to: ChannelCount): Uint8Array {
  if (from === to) return planes;
  if (to === 3) {
    const colour = new Uint8Array(3 * planes.length);
    for (let c = 0; c < 3; c++) colour.set(planes, c * planes.length);
    return colour;
  }
  const plane = planes.length / 3;
  const linear = (index: number) => LINEAR[planes[index] ?? 0] ?? 0;
  return Uint8Array.from({ length: plane }, (_, i) => {
    const light = 0.2126 * linear(i) + 0.7152 * linear(plane + i) + 0.0722 * linear(2 * plane + i);
    return Math.round(255 * fromLinear(light));
  });
}

/**
 * The luminance of an RGB picture, [3, height, width] to [1, height, width], both in [-1, 1]; as `toChannels`, but for
 * numbers, and without rounding.
 */
export function luminance(picture: Float32Array, out: Float32Array): void {
  const plane = picture.length / 3;
  const linear = (index: number) => toLinear(((picture[index] ?? 0) + 1) / 2);
  for (let i = 0; i < plane; i++) {
    const light = 0.2126 * linear(i) + 0.7152 * linear(plane + i) + 0.0722 * linear(2 * plane + i);
    out[i] = 2 * fromLinear(light) - 1;
  }
}
