/**
 * Every operation there is: the contract tests and the lowerings are checked against this list.
 */
import { addOp, divOp, maximumOp, minimumOp, mulOp, subOp } from "./binary.ts";
import { channelAffineOp, channelBroadcastOp, channelDotOp, channelMeanOp } from "./channel.ts";
import { conv2dInputGradientOp, conv2dOp, conv2dWeightGradientOp } from "./convolution.ts";
import { groupNormOp } from "./groupNorm.ts";
import { concatOp, padOp, reshapeOp, sliceOp, transposeOp } from "./layout.ts";
import { constantOp, inputOp } from "./leaves.ts";
import { matmulOp } from "./matmul.ts";
import { oneHotOp } from "./oneHot.ts";
import { broadcastOp, sumOp } from "./reduce.ts";
import { sumPoolOp, upsampleNearestOp } from "./resample.ts";
import { softmaxOp } from "./softmax.ts";
import type { Op } from "./tensor.ts";
import {
  cosOp,
  expOp,
  heavisideOp,
  logOp,
  negOp,
  reciprocalOp,
  reluOp,
  sigmoidOp,
  siluGradientOp,
  siluOp,
  sinOp,
  sqrtOp,
  tanhOp,
} from "./unary.ts";

const leaves: readonly Op[] = [inputOp, constantOp];
const elementwise: readonly Op[] = [
  ...[
    negOp,
    expOp,
    logOp,
    sqrtOp,
    reciprocalOp,
    sinOp,
    cosOp,
    tanhOp,
    sigmoidOp,
    reluOp,
    heavisideOp,
    siluOp,
    siluGradientOp,
  ],
  ...[addOp, subOp, mulOp, divOp, minimumOp, maximumOp],
];
const structure: readonly Op[] = [reshapeOp, transposeOp, concatOp, sliceOp, padOp, sumOp, broadcastOp];
const products: readonly Op[] = [
  matmulOp,
  softmaxOp,
  oneHotOp,
  conv2dOp,
  conv2dInputGradientOp,
  conv2dWeightGradientOp,
];
const images: readonly Op[] = [
  ...[upsampleNearestOp, sumPoolOp, groupNormOp],
  ...[channelMeanOp, channelDotOp, channelAffineOp, channelBroadcastOp],
];

export const operations: readonly Op[] = [...leaves, ...elementwise, ...structure, ...products, ...images];
