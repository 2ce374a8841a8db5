/**
 * Gray to colour and back, for images that are already raw bytes.
 *
 * The gray of a colour is its luminance: sRGB made linear, weighted as Rec. 709 does, made sRGB again (IEC 61966-2-1);
 * libvips, which decodes the other images, does the same.
 */

export type ChannelCount = 1 | 3;

const LINEAR = Float64Array.from({ length: 256 }, (_, byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

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
    const luminance = 0.2126 * linear(i) + 0.7152 * linear(plane + i) + 0.0722 * linear(2 * plane + i);
    const value = luminance <= 0.0031308 ? 12.92 * luminance : 1.055 * luminance ** (1 / 2.4) - 0.055;
    return Math.round(255 * value);
  });
}
