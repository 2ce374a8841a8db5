/**
 * Group normalisation (Wu and He, 2018): y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance
 * over the pixels and the channels of each group.
 *
 * Written over per-channel sums, so that the image is read once for the statistics and once for the result; the gradient
 * reads image and output gradient once for its sums and once for the result. The variance is E[x^2] - E[x]^2 in float32:
 * its error is about 1e-7 (mean / deviation)^2 relative, harmless for the activations of a network.
 */
import { sizeOf } from "../batch.ts";
import { add, maximum, mul, square, sub } from "./binary.ts";
import { channelAffine, channelDot, channelMean, channelScale } from "./channel.ts";
import { reshape } from "./layout.ts";
import { constant, scalar } from "./leaves.ts";
import { mean, sum } from "./reduce.ts";
import { apply, areWhole, at, type Op, shapeError, type Tensor } from "./tensor.ts";
import { reciprocal, sqrt } from "./unary.ts";

interface GroupNormAttributes {
  readonly groups: number;
  readonly epsilon: number;
}

/** The statistics as [n,g,1], and helpers to see per-channel values as [n,g,c/g] and back. */
function statistics(x: Tensor, { groups, epsilon }: GroupNormAttributes) {
  const channels = at(x.shape, 1);
  const pixels = at(x.shape, 2) * at(x.shape, 3);
  const grouped = (perChannel: Tensor) => reshape(perChannel, [-1, groups, channels / groups]);
  const flat = (perGroup: Tensor) => reshape(perGroup, [-1, channels]);
  const mu = mean(grouped(channelMean(x)), [-1]);
  const meanSquare = mean(grouped(mul(channelDot(x, x), scalar(1 / pixels))), [-1]);
  const variance = maximum(sub(meanSquare, square(mu)), scalar(0));
  const inverse = reciprocal(sqrt(add(variance, scalar(epsilon))));
  return { mu, inverse, grouped, flat, pixels, perGroup: (channels / groups) * pixels };
}

/** x [n,c,h,w], gamma [c], beta [c]; `groups` divides c. */
export const groupNormOp: Op<GroupNormAttributes> = {
  name: "groupNorm",
  shape: ([x, gamma, beta], { groups }) => {
    const channels = x?.[1] ?? 0;
    if (x?.length !== 4 || !areWhole([groups], 1) || channels % groups !== 0) {
      throw shapeError("groupNorm", `an image [n,c,h,w] whose channels ${groups} groups divide`, x ?? []);
    }
    if (gamma?.join() !== `${channels}` || beta?.join() !== `${channels}`) {
      throw shapeError("groupNorm", `scale and shift of ${channels} numbers`, gamma ?? [], beta ?? []);
    }
    return x;
  },
  expand: ({ inputs, attributes }) => {
    const [x, gamma, beta] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const { mu, inverse, flat } = statistics(x, attributes);
    const groupShape = [1, attributes.groups, -1];
    const scale = mul(inverse, reshape(gamma, groupShape));
    const shift = sub(reshape(beta, groupShape), mul(mu, scale));
    return channelAffine(x, flat(scale), flat(shift));
  },
  gradient: ({ inputs, attributes }, dy, wanted) => {
    const [x, gamma] = [at(inputs, 0), at(inputs, 1)];
    const { groups } = attributes;
    const channels = at(x.shape, 1);
    const { mu, inverse, grouped, flat, pixels, perGroup } = statistics(x, attributes);
    const groupedGamma = reshape(gamma, [1, groups, -1]);
    // Per channel: sums of dy and of dy times the normalised image.
    const s1 = mul(grouped(channelMean(dy)), scalar(pixels));
    const s2 = mul(sub(grouped(channelDot(x, dy)), mul(mu, s1)), inverse);
    const overBatch = (perChannel: Tensor) => reshape(sum(flat(perChannel), [0]), gamma.shape);
    // dx = inverse (gamma dy - mean(gamma dy) - xhat mean(gamma dy xhat)), as an affine map of dy and of x.
    const m1 = mul(sum(mul(s1, groupedGamma), [-1]), scalar(1 / perGroup));
    const m2 = mul(sum(mul(s2, groupedGamma), [-1]), scalar(1 / perGroup));
    const ofX = mul(mul(square(inverse), m2), scalar(-1));
    const offset = sub(mul(mul(mu, ofX), scalar(-1)), mul(inverse, m1));
    // A value a group, repeated for each of its channels.
    const ones = constant(new Float32Array(channels).fill(1), [1, groups, channels / groups]);
    const spread = (value: Tensor) => flat(mul(value, ones));
    const dx = () =>
      add(channelScale(dy, flat(mul(inverse, groupedGamma))), channelAffine(x, spread(ofX), spread(offset)));
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? overBatch(s2) : undefined,
      wanted[2] ? overBatch(s1) : undefined,
    ];
  },
  reference: (inputs, { groups, epsilon }, shape) => {
    const [x, gamma, beta] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const out = new Float64Array(sizeOf(shape));
    const channels = at(shape, 1);
    const pixels = at(shape, 2) * at(shape, 3);
    const size = (channels / groups) * pixels;
    for (let start = 0; start < out.length; start += size) {
      const group = x.data.subarray(start, start + size);
      const mu = group.reduce((a, b) => a + b, 0) / size;
      const variance = group.reduce((total, value) => total + (value - mu) ** 2, 0) / size;
      for (let i = 0; i < size; i++) {
        const channel = Math.floor((start + i) / pixels) % channels;
        const normalised = (at(group, i) - mu) / Math.sqrt(variance + epsilon);
        out[start + i] = normalised * at(gamma.data, channel) + at(beta.data, channel);
      }
    }
    return out;
  },
};

/**
 * Group normalisation of x [n,c,h,w] with gamma [c] and beta [c], in the shape of x; `groups` divides c.
 *
 * @throws DeblendError for shapes or groups that do not fit
 */
export const groupNorm = (x: Tensor, gamma: Tensor, beta: Tensor, attributes: GroupNormAttributes): Tensor =>
  apply(groupNormOp, [x, gamma, beta], attributes);
