/**
 * 2D convolution and its two adjoints, a family closed under differentiation.
 *
 * Convolution is linear in the image and in the kernel: y = conv(x, w). With `<., .>` the sum of products,
 * `<dy, conv(x, w)> = <x, conv2dInputGradient(dy, w)> = <w, conv2dWeightGradient(x, dy)>`, so each of the three is the
 * gradient of the others. (A cross-correlation, as in every deep-learning library.)
 */
import { sizeOf } from "../batch.ts";
import { reshape } from "./layout.ts";
import { sum } from "./reduce.ts";
import {
  apply,
  areWhole,
  at,
  formatShape,
  type Op,
  type Shape,
  shapeError,
  type Tensor,
  type Values,
} from "./tensor.ts";

/** Zeros added at the image's edges, in pixels; they may differ from side to side. */
export interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export interface ConvGeometry {
  /** Step between outputs, in pixels, on both axes. */
  readonly stride: number;
  readonly padding: Padding;
}

/** The same padding on all four sides. */
export function evenPadding(pixels: number): Padding {
  return { top: pixels, left: pixels, bottom: pixels, right: pixels };
}

/** Output height and width. */
function outputSize(
  [height, width]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  { stride, padding }: ConvGeometry,
): [number, number] {
  return [
    Math.floor((height + padding.top + padding.bottom - kh) / stride) + 1,
    Math.floor((width + padding.left + padding.right - kw) / stride) + 1,
  ];
}

/** A stride of 0 would never end; half a pixel has no meaning. */
function checkGeometry(op: string, { stride, padding: { top, left, bottom, right } }: ConvGeometry): void {
  if (!areWhole([stride], 1)) throw shapeError(op, "a whole stride from 1", [stride]);
  const sides = [top, left, bottom, right];
  if (!areWhole(sides, 0)) throw shapeError(op, "a whole padding from 0 on each side", sides);
}

/** x [n,i,h,w] with kernels w [o,i,kh,kw] and an optional bias [o], to [n,o,h',w']. */
export const conv2dOp: Op<ConvGeometry> = {
  name: "conv2d",
  shape: ([x, w, bias], geometry) => {
    const image = x ?? [];
    const kernel = w ?? [];
    checkGeometry("conv2d", geometry);
    if (image.length !== 4 || kernel.length !== 4 || image[1] !== kernel[1]) {
      throw shapeError("conv2d", "an image [n,i,h,w] and a kernel [o,i,kh,kw] of equal i", image, kernel);
    }
    if (bias !== undefined && (bias.length !== 1 || bias[0] !== kernel[0])) {
      throw shapeError("conv2d", "a bias of one number a kernel", bias, kernel);
    }
    const size = outputSize([at(image, 2), at(image, 3)], [at(kernel, 2), at(kernel, 3)], geometry);
    if (size[0] < 1 || size[1] < 1)
      throw shapeError("conv2d", "an image no smaller than the kernel", image, kernel);
    return [at(image, 0), at(kernel, 0), ...size];
  },
  gradient: ({ inputs, attributes: geometry }, d, wanted) => {
    const x = at(inputs, 0);
    const w = at(inputs, 1);
    const gradients = [
      wanted[0] ? conv2dInputGradient(d, w, geometry, [at(x.shape, 2), at(x.shape, 3)]) : undefined,
      wanted[1] ? conv2dWeightGradient(x, d, geometry, [at(w.shape, 2), at(w.shape, 3)]) : undefined,
    ];
    if (inputs.length > 2)
      gradients.push(wanted[2] ? reshape(sum(d, [0, 2, 3]), [at(d.shape, 1)]) : undefined);
    return gradients;
  },
  reference: (inputs, geometry, shape) => {
    const [x, w, bias] = [at(inputs, 0), at(inputs, 1), inputs[2]];
    const out = new Float64Array(sizeOf(shape));
    if (bias !== undefined) {
      const plane = at(shape, 2) * at(shape, 3);
      out.forEach((_, i) => {
        out[i] = at(bias.data, Math.floor(i / plane) % bias.data.length);
      });
    }
    forEachTap(x.shape, w.shape, shape, geometry, (iy, ix, iw) => {
      out[iy] = at(out, iy) + read(x, ix) * read(w, iw);
    });
    return out;
  },
};

interface InputGradientGeometry extends ConvGeometry {
  /** Height and width of the image. */
  readonly size: readonly [number, number];
}

/** The adjoint in the image: dy [n,o,h',w'] with w [o,i,kh,kw], to [n,i,h,w]. */
export const conv2dInputGradientOp: Op<InputGradientGeometry> = {
  name: "conv2dInputGradient",
  shape: ([dy, w], geometry) => {
    const output = dy ?? [];
    const kernel = w ?? [];
    if (kernel.length !== 4) throw shapeError("conv2dInputGradient", "a kernel [o,i,kh,kw]", kernel);
    checkOutput("conv2dInputGradient", output, geometry.size, [at(kernel, 2), at(kernel, 3)], geometry);
    if (output[1] !== kernel[0]) {
      throw shapeError("conv2dInputGradient", "[n,o,h,w] and [o,i,kh,kw] of equal o", output, kernel);
    }
    return [at(output, 0), at(kernel, 1), ...geometry.size];
  },
  gradient: ({ inputs, attributes: geometry }, d, wanted) => {
    const dy = at(inputs, 0);
    const w = at(inputs, 1);
    return [
      wanted[0] ? conv2d(d, w, undefined, geometry) : undefined,
      wanted[1] ? conv2dWeightGradient(d, dy, geometry, [at(w.shape, 2), at(w.shape, 3)]) : undefined,
    ];
  },
  reference: (inputs, geometry, shape) => {
    const [dy, w] = [at(inputs, 0), at(inputs, 1)];
    const out = new Float64Array(sizeOf(shape));
    forEachTap(shape, w.shape, dy.shape, geometry, (iy, ix, iw) => {
      out[ix] = at(out, ix) + read(dy, iy) * read(w, iw);
    });
    return out;
  },
};

interface WeightGradientGeometry extends ConvGeometry {
  /** Height and width of the kernel. */
  readonly kernel: readonly [number, number];
}

/** The adjoint in the kernel: x [n,i,h,w] with dy [n,o,h',w'], to [o,i,kh,kw]. */
export const conv2dWeightGradientOp: Op<WeightGradientGeometry> = {
  name: "conv2dWeightGradient",
  shape: ([x, dy], geometry) => {
    const image = x ?? [];
    const output = dy ?? [];
    if (image.length !== 4) throw shapeError("conv2dWeightGradient", "an image [n,i,h,w]", image);
    checkOutput("conv2dWeightGradient", output, [at(image, 2), at(image, 3)], geometry.kernel, geometry);
    if (image[0] !== output[0])
      throw shapeError("conv2dWeightGradient", "batches of equal size", image, output);
    return [at(output, 1), at(image, 1), ...geometry.kernel];
  },
  gradient: ({ inputs, attributes: geometry }, d, wanted) => {
    const x = at(inputs, 0);
    const dy = at(inputs, 1);
    return [
      wanted[0] ? conv2dInputGradient(dy, d, geometry, [at(x.shape, 2), at(x.shape, 3)]) : undefined,
      wanted[1] ? conv2d(x, d, undefined, geometry) : undefined,
    ];
  },
  reference: (inputs, geometry, shape) => {
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const out = new Float64Array(sizeOf(shape));
    forEachTap(x.shape, shape, dy.shape, geometry, (iy, ix, iw) => {
      out[iw] = at(out, iw) + read(dy, iy) * read(x, ix);
    });
    return out;
  },
};

function read(values: Values, index: number): number {
  return at(values.data, index);
}

function checkOutput(
  op: string,
  output: Shape,
  size: readonly [number, number],
  kernel: readonly [number, number],
  geometry: ConvGeometry,
): void {
  checkGeometry(op, geometry);
  if (!areWhole([...size, ...kernel], 1)) {
    throw shapeError(op, "an image and a kernel of at least one pixel", size, kernel);
  }
  const expected = outputSize(size, kernel, geometry);
  if (output.length !== 4 || output[2] !== expected[0] || output[3] !== expected[1]) {
    throw shapeError(op, `an output gradient of size ${formatShape(expected)}`, output);
  }
}

/** Visits every product of the convolution's sum by the flat indices of y, x and w. */
function forEachTap(
  x: Shape,
  w: Shape,
  y: Shape,
  { stride, padding }: ConvGeometry,
  visit: (iy: number, ix: number, iw: number) => void,
): void {
  const [n, i, height, width] = [at(x, 0), at(x, 1), at(x, 2), at(x, 3)];
  const [o, kh, kw] = [at(w, 0), at(w, 2), at(w, 3)];
  const [oh, ow] = [at(y, 2), at(y, 3)];
  for (let b = 0; b < n; b++)
    for (let oc = 0; oc < o; oc++)
      for (let oy = 0; oy < oh; oy++)
        for (let ox = 0; ox < ow; ox++)
          for (let ic = 0; ic < i; ic++)
            for (let ky = 0; ky < kh; ky++)
              for (let kx = 0; kx < kw; kx++) {
                const iy = oy * stride + ky - padding.top;
                const ix = ox * stride + kx - padding.left;
                if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
                visit(
                  ((b * o + oc) * oh + oy) * ow + ox,
                  ((b * i + ic) * height + iy) * width + ix,
                  ((oc * i + ic) * kh + ky) * kw + kx,
                );
              }
}

/**
 * Convolution of an image x [n,i,h,w] with kernels w [o,i,kh,kw], plus an optional bias [o], to [n,o,h',w'], where
 * h' = floor((h + top + bottom - kh) / stride) + 1 and w' alike.
 *
 * @throws DeblendError for shapes that do not fit, an image smaller than the kernel, or a stride or padding that is no
 *   whole number
 */
export function conv2d(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  { stride, padding }: ConvGeometry,
): Tensor {
  return apply(conv2dOp, bias === undefined ? [x, w] : [x, w, bias], { stride, padding });
}

/**
 * The gradient of a convolution in its image: that in its output dy [n,o,h',w'] and the kernels w [o,i,kh,kw], to
 * [n,i,h,w].
 *
 * @param size height and width of the image, which the output's do not tell where the stride is above 1
 * @throws DeblendError where dy is not what the convolution of such an image gives
 */
export function conv2dInputGradient(
  dy: Tensor,
  w: Tensor,
  { stride, padding }: ConvGeometry,
  size: readonly [number, number],
): Tensor {
  return apply(conv2dInputGradientOp, [dy, w], { stride, padding, size });
}

/**
 * The gradient of a convolution in its kernels: that in its output dy [n,o,h',w'] and the image x [n,i,h,w], to
 * [o,i,kh,kw].
 *
 * @param kernel height and width of the kernels
 * @throws DeblendError where dy is not what the convolution of x gives
 */
export function conv2dWeightGradient(
  x: Tensor,
  dy: Tensor,
  { stride, padding }: ConvGeometry,
  kernel: readonly [number, number],
): Tensor {
  return apply(conv2dWeightGradientOp, [x, dy], { stride, padding, kernel });
}
