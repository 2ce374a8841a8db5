/**
 * The convolution's adjoint in its kernel, as one blocked convolution over the whole batch.
 *
 *   dw[o,i,ky,kx] = sum over n, y, x of dy[n,o,y,x] x[n,i, s y + ky - top, s x + kx - left]
 *
 * is, for each kx, a convolution along y alone in which pixels of a row (B at a time, of every image) are the channels
 * and the kernel is dy itself: image S [1, pixels, H, i] with kernel F [kx o, pixels, H', 1], dilated by the stride,
 * gives [1, kx o, ky, i]. S is x with each block of B pixels by B channels transposed; F is dy's pixels, moved by kx, with
 * zeros where they fall outside. Both are shared by all gradients that need them.
 */
import { conv2dWeightGradientOp } from "../../tensor/convolution.ts";
import { at, type Tensor } from "../../tensor/tensor.ts";
import { type BlockedEntry, blockedKernel } from "./entry.ts";
import type { KernelShape } from "./kernelOrder.ts";
import type { BlockedScope, Value } from "./scope.ts";

/** How the pixels of rows of `width` become segments of B, where narrow rows of several images share one. */
interface Segments {
  /** Segments a row. */
  readonly perRow: number;
  /** Images a segment. */
  readonly images: number;
}

function segmentsOf(images: number, width: number, block: number): Segments {
  if (width >= block) return { perRow: Math.ceil(width / block), images: 1 };
  let together = Math.floor(block / width);
  while (images % together !== 0) together -= 1;
  return { perRow: 1, images: together };
}

/** The image (within its group) and column of pixel `p` of segment `segment`; undefined for padding. */
function pixelAt(
  { perRow, images }: Segments,
  width: number,
  block: number,
  segment: number,
  p: number,
): { readonly image: number; readonly x: number } | undefined {
  const x = perRow > 1 || images === 1 ? segment * block + p : p % width;
  const image = images === 1 ? 0 : Math.floor(p / width);
  return x < width && image < images ? { image, x } : undefined;
}

/** A tensor's name as a blocked image; fewer channels than a block are padded with zeros. */
function blockedImage(
  scope: BlockedScope,
  image: Tensor,
): { readonly name: string; readonly blocks: number } {
  const { block, graph } = scope;
  const channels = at(image.shape, 1);
  if (channels % block === 0) return { name: scope.later(image), blocks: channels / block };
  const padded = graph.node("Pad", [
    scope.plain(image),
    graph.integers([0, 0, 0, 0, 0, block - (channels % block), 0, 0]),
  ]);
  return { name: scope.nchwc("ReorderInput", [padded], {}), blocks: Math.ceil(channels / block) };
}

/** Rows picked from [rows, width]; -1 picks zeros. */
function gatherRows(
  scope: BlockedScope,
  name: string,
  rows: number,
  width: number,
  key: string,
  make: () => Int32Array,
): string {
  // -1 becomes the number of a row of zeros after the last.
  const positions = scope.table(`${key} rows`, () =>
    make().map((position) => (position < 0 ? rows : position)),
  );
  const view = scope.reshape(name, [rows, width]);
  if (!positions.includes(rows)) {
    if (positions.length === rows && positions.every((position, i) => position === i)) return view;
    return scope.gather(view, positions);
  }
  const zero = scope.graph.floats(new Float32Array(width), [1, width]);
  return scope.gather(scope.graph.node("Concat", [view, zero], { axis: 0 }), positions);
}

/** S: x as [1, pixels, H, channels], blocked. */
function transposedPixels(scope: BlockedScope, x: Tensor, segments: Segments): string {
  const { block } = scope;
  const [n = 0, , h = 0, w = 0] = x.shape;
  const { name, blocks } = blockedImage(scope, x);
  const { perRow, images } = segments;
  const groups = n / images;
  const key = `pixels ${[n, blocks, h, w, perRow, images]}`;
  // Where segments are whole runs of a row, they are moved as such; else pixel by pixel.
  const isWhole = w % block === 0 || (perRow === 1 && images * w === block);
  const run = isWhole ? Math.min(block, w) : 1;
  const runsPerRow = w / run;
  const parts = block / run;
  const rows = gatherRows(scope, name, n * blocks * h * runsPerRow, run * block, key, () => {
    const positions = new Int32Array(groups * perRow * h * blocks * parts);
    let next = 0;
    for (let group = 0; group < groups; group++)
      for (let segment = 0; segment < perRow; segment++)
        for (let y = 0; y < h; y++)
          for (let cb = 0; cb < blocks; cb++)
            for (let part = 0; part < parts; part++) {
              const pixel = pixelAt(segments, w, block, segment, part * run);
              const image = group * images + (pixel?.image ?? 0);
              positions[next++] =
                pixel === undefined ? -1 : ((image * blocks + cb) * h + y) * runsPerRow + pixel.x / run;
            }
    return positions;
  });
  const squares = scope.reshape(rows, [groups * perRow * h * blocks, block, block, 1]);
  return scope.reorderOutput(squares, block);
}

interface Geometry {
  readonly stride: number;
  readonly top: number;
  readonly left: number;
  readonly kernel: readonly [number, number];
  /** Of x. */
  readonly size: readonly [number, number];
}

/** F: dy as a kernel [kw o, pixels, H', 1], blocked. */
function movedPixels(
  scope: BlockedScope,
  dy: Tensor,
  segments: Segments,
  { stride, left, kernel: [, kw], size: [, w] }: Geometry,
): string {
  const { block } = scope;
  const [n = 0, , oh = 0, ow = 0] = dy.shape;
  const { name, blocks } = blockedImage(scope, dy);
  const { perRow, images } = segments;
  const groups = n / images;
  const key = `moved ${[n, blocks, oh, ow, w, perRow, images, stride, left, kw]}`;
  return gatherRows(scope, name, n * blocks * oh * ow, block, key, () => {
    const positions = new Int32Array(kw * blocks * groups * perRow * oh * block).fill(-1);
    let next = 0;
    for (let kx = 0; kx < kw; kx++)
      for (let ob = 0; ob < blocks; ob++)
        for (let group = 0; group < groups; group++)
          for (let segment = 0; segment < perRow; segment++)
            for (let y = 0; y < oh; y++)
              for (let p = 0; p < block; p++, next++) {
                const pixel = pixelAt(segments, w, block, segment, p);
                if (pixel === undefined) continue;
                const x = (pixel.x + left - kx) / stride;
                if (!Number.isInteger(x) || x < 0 || x >= ow) continue;
                const image = group * images + pixel.image;
                positions[next] = ((image * blocks + ob) * oh + y) * ow + x;
              }
    return positions;
  });
}

/** The raw result [kw, o/B, rows, i, B of o] in the order of the weights. */
function arranged(scope: BlockedScope, raw: string, [o, i, kh, kw]: KernelShape, rows: number): Value {
  const { block } = scope;
  const [outer, inner] = [Math.ceil(o / block), Math.ceil(i / block)];
  if (o % block === 0 && i % block === 0) {
    const order = scope.table(`arranged ${[o, i, kh, kw, rows]}`, () => {
      const positions = new Int32Array(outer * inner * kh * kw);
      let next = 0;
      for (let ob = 0; ob < outer; ob++)
        for (let ib = 0; ib < inner; ib++)
          for (let ky = 0; ky < kh; ky++)
            for (let kx = 0; kx < kw; kx++) positions[next++] = ((kx * outer + ob) * rows + ky) * inner + ib;
      return positions;
    });
    const blocks = scope.gather(scope.reshape(raw, [kw * outer * rows * inner, block * block]), order);
    return { form: "kernel", kernel: [o, i, kh, kw], name: scope.reshape(blocks, [o, i, kh, kw]) };
  }
  const order = scope.table(`arranged ${[o, i, kh, kw, rows]}`, () => {
    const positions = new Int32Array(o * i * kh * kw);
    let next = 0;
    for (let oc = 0; oc < o; oc++)
      for (let ic = 0; ic < i; ic++)
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const row = (kx * outer + Math.floor(oc / block)) * rows + ky;
            positions[next++] = (row * inner * block + ic) * block + (oc % block);
          }
    return positions;
  });
  const flat = scope.reshape(raw, [kw * outer * rows * inner * block * block]);
  return { form: "plain", name: scope.reshape(scope.gather(flat, order), [o, i, kh, kw]) };
}

export const weightGradient: readonly BlockedEntry[] = [
  blockedKernel(conv2dWeightGradientOp, (scope, { inputs, attributes }) => {
    const { block } = scope;
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const [n = 0, i = 0, h = 0, w = 0] = x.shape;
    const [, o = 0, oh = 0] = dy.shape;
    // Padding to a whole block pays for an image's few colours, not for odd widths throughout.
    if ((i % block !== 0 && i > block) || (o % block !== 0 && o > block)) return undefined;
    if (i % block !== 0 && o % block !== 0) return undefined;
    const { stride, padding, kernel } = attributes;
    const [kh, kw] = kernel;
    const segments = segmentsOf(n, w, block);
    const geometry = { stride, top: padding.top, left: padding.left, kernel, size: [h, w] } as const;
    const pixels = (n / segments.images) * segments.perRow * block;
    const [outputs, channels] = [Math.ceil(o / block) * block, Math.ceil(i / block) * block];
    const image = transposedPixels(scope, x, segments);
    const moved = movedPixels(scope, dy, segments, geometry);
    if (kh === 1 && kw === 1 && stride === 1 && padding.top + padding.bottom === 0) {
      // One matrix product: all pixels of all rows are channels.
      const raw = scope.nchwc(
        "Conv",
        [
          scope.reshape(image, [1, pixels * h, channels, 1]),
          scope.reshape(moved, [outputs, pixels * h, 1, 1]),
        ],
        { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
      );
      return arranged(scope, raw, [o, i, kh, kw], 1);
    }
    const reach = (oh - 1) * stride + 1;
    const bottom = Math.max(0, kh - 1 + reach - h - padding.top);
    const rows = h + padding.top + bottom - reach + 1;
    const raw = scope.nchwc(
      "Conv",
      [scope.reshape(image, [1, pixels, h, channels]), scope.reshape(moved, [kw * outputs, pixels, oh, 1])],
      {
        kernel_shape: [oh, 1],
        strides: [1, 1],
        pads: [padding.top, 0, bottom, 0],
        dilations: [stride, 1],
        group: 1,
      },
    );
    return arranged(scope, raw, [o, i, kh, kw], rows);
  }),
];
