/**
 * Convolution and its adjoints in plain ONNX.
 *
 * The adjoint in the image is a convolution with the kernel turned by 180 degrees (stride 1) or `ConvTranspose`. The
 * adjoint in the kernel has no operator: for each kernel pixel it is one matrix product of the shifted image with the
 * output gradient, over all pixels of all images at once.
 */
import {
  conv2dInputGradientOp,
  conv2dOp,
  conv2dWeightGradientOp,
  type Padding,
} from "../../tensor/convolution.ts";
import { at } from "../../tensor/tensor.ts";
import type { GraphBuilder } from "../graph.ts";
import { type Entry, kernel } from "../kernel.ts";

const pads = ({ top, left, bottom, right }: Padding) => [top, left, bottom, right];

/** w [o,i,kh,kw] to [i,o,kh,kw], both kernel axes reversed. */
function turned(
  graph: GraphBuilder,
  w: string,
  [o, i, kh, kw]: readonly [number, number, number, number],
): string {
  const swapped = graph.node("Transpose", [w], { perm: [1, 0, 2, 3] });
  if (kh * kw === 1) return swapped;
  const flat = graph.node("Reshape", [swapped, graph.integers([i * o, kh * kw])]);
  const reversed = Int32Array.from({ length: kh * kw }, (_, k) => kh * kw - 1 - k);
  const gathered = graph.node("Gather", [flat, graph.indices(reversed, [kh * kw])], { axis: 1 });
  return graph.node("Reshape", [gathered, graph.integers([i, o, kh, kw])]);
}

export const convolution: readonly Entry[] = [
  kernel(conv2dOp, (graph, names, { inputs, attributes: { stride, padding } }) => {
    const [, , kh, kw] = at(inputs, 1).shape;
    return graph.node("Conv", names, {
      kernel_shape: [kh ?? 1, kw ?? 1],
      strides: [stride, stride],
      pads: pads(padding),
    });
  }),

  kernel(conv2dInputGradientOp, (graph, [dy = "", w = ""], { inputs, attributes }) => {
    const { stride, padding, size } = attributes;
    const [o = 0, i = 0, kh = 0, kw = 0] = at(inputs, 1).shape;
    const [, , oh = 0, ow = 0] = at(inputs, 0).shape;
    const [height, width] = size;
    const top = kh - 1 - padding.top;
    const left = kw - 1 - padding.left;
    if (stride === 1 && top >= 0 && left >= 0) {
      const bottom = height - oh - top + kh - 1;
      const right = width - ow - left + kw - 1;
      return graph.node("Conv", [dy, turned(graph, w, [o, i, kh, kw])], {
        kernel_shape: [kh, kw],
        pads: [top, left, bottom, right],
      });
    }
    const spare = (whole: number, steps: number, k: number, around: number) =>
      whole - ((steps - 1) * stride + k - around);
    return graph.node("ConvTranspose", [dy, w], {
      kernel_shape: [kh, kw],
      strides: [stride, stride],
      pads: pads(padding),
      output_padding: [
        spare(height, oh, kh, padding.top + padding.bottom),
        spare(width, ow, kw, padding.left + padding.right),
      ],
    });
  }),

  kernel(conv2dWeightGradientOp, (graph, [x = "", dy = ""], { inputs, attributes }) => {
    const { stride, padding, kernel: size } = attributes;
    const [n = 0, i = 0] = at(inputs, 0).shape;
    const [, o = 0, oh = 0, ow = 0] = at(inputs, 1).shape;
    const [kh, kw] = size;
    const rows = graph.node("Reshape", [
      graph.node("Transpose", [dy], { perm: [0, 2, 3, 1] }),
      graph.integers([n * oh * ow, o]),
    ]);
    const channelsFirst = graph.node("Transpose", [x], { perm: [1, 0, 2, 3] });
    const { top, left, bottom, right } = padding;
    const padded =
      top + left + bottom + right === 0
        ? channelsFirst
        : graph.node("Pad", [channelsFirst, graph.integers([0, 0, top, left, 0, 0, bottom, right])]);
    const tap = (ky: number, kx: number) => {
      const window =
        kh * kw === 1 && stride === 1
          ? padded
          : graph.node("Slice", [
              padded,
              graph.integers([ky, kx]),
              graph.integers([ky + (oh - 1) * stride + 1, kx + (ow - 1) * stride + 1]),
              graph.integers([2, 3]),
              graph.integers([stride, stride]),
            ]);
      const columns = graph.node("Reshape", [window, graph.integers([i, n * oh * ow])]);
      return graph.node("MatMul", [columns, rows]);
    };
    const taps = Array.from({ length: kh * kw }, (_, k) => tap(Math.floor(k / kw), k % kw));
    const stacked = taps.length === 1 ? at(taps, 0) : graph.node("Concat", taps, { axis: 0 });
    const [first, last] = [graph.integers([kh * kw, i, o]), graph.integers([o, i, kh, kw])];
    const turnedBack = graph.node("Transpose", [graph.node("Reshape", [stacked, first])], {
      perm: [2, 1, 0],
    });
    return graph.node("Reshape", [turnedBack, last]);
  }),
];
