/**
 * Elementwise functions of one tensor; the output has the input's shape.
 */
import { add, mul, sub } from "./binary.ts";
import { scalar } from "./leaves.ts";
import { apply, at, type Op, shapeError, type Tensor } from "./tensor.ts";

type UnaryOp = Op<undefined>;

/** Makes an elementwise operation from its float64 meaning and its derivative (of input x and output y). */
function unary(
  name: string,
  f: (x: number) => number,
  derivative: (x: Tensor, y: Tensor) => Tensor | undefined,
): UnaryOp {
  return {
    name,
    shape: ([shape]) => shape ?? [],
    gradient: ({ inputs, output }, d) => {
      const slope = derivative(at(inputs, 0), output);
      return [slope && mul(d, slope)];
    },
    reference: ([x]) => (x?.data ?? new Float64Array()).map(f),
  };
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

export const negOp = unary(
  "neg",
  (x) => -x,
  () => scalar(-1),
);
export const expOp = unary("exp", Math.exp, (_, y) => y);
export const logOp = unary("log", Math.log, (x) => reciprocal(x));
export const sqrtOp = unary("sqrt", Math.sqrt, (_, y) => mul(scalar(0.5), reciprocal(y)));
export const reciprocalOp = unary(
  "reciprocal",
  (x) => 1 / x,
  (_, y) => neg(mul(y, y)),
);
export const sinOp = unary("sin", Math.sin, (x) => cos(x));
export const cosOp = unary("cos", Math.cos, (x) => neg(sin(x)));
export const tanhOp = unary("tanh", Math.tanh, (_, y) => sub(scalar(1), mul(y, y)));
export const sigmoidOp = unary("sigmoid", logistic, (_, y) => mul(y, sub(scalar(1), y)));
/** Its derivative is taken as 0 at 0, as PyTorch does. */
export const reluOp = unary(
  "relu",
  (x) => Math.max(x, 0),
  (x) => heaviside(x),
);
/** 1 where x > 0, else 0: the derivative of relu. Its own derivative is 0 wherever it has one. */
export const heavisideOp = unary(
  "heaviside",
  (x) => (x > 0 ? 1 : 0),
  () => undefined,
);
/** x sigmoid(x), also called swish. */
export const siluOp: UnaryOp = {
  ...unary(
    "silu",
    (x) => x * logistic(x),
    () => undefined,
  ),
  gradient: ({ inputs }, d) => [siluGradient(at(inputs, 0), d)],
};
/** The gradient of silu at x, given that of its output: d s (1 + x - silu(x)), with s = sigmoid(x). Shapes are equal. */
export const siluGradientOp: Op<undefined> = {
  name: "siluGradient",
  shape: ([x, d]) => {
    if (x?.join() !== d?.join()) throw shapeError("siluGradient", "equal shapes", x ?? [], d ?? []);
    return x ?? [];
  },
  gradient: ({ inputs }, d, wanted) => {
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const s = sigmoid(x);
    // The second derivative, s (1 - s) (2 + x (1 - 2 s)).
    const bend = () =>
      mul(mul(s, sub(scalar(1), s)), add(scalar(2), mul(x, sub(scalar(1), mul(scalar(2), s)))));
    return [wanted[0] ? mul(mul(d, dy), bend()) : undefined, wanted[1] ? siluGradient(x, d) : undefined];
  },
  expand: ({ inputs }) => {
    const [x, d] = [at(inputs, 0), at(inputs, 1)];
    const s = sigmoid(x);
    return mul(mul(d, s), add(scalar(1), sub(x, mul(x, s))));
  },
  reference: (inputs) => {
    const [x, d] = [at(inputs, 0), at(inputs, 1)];
    return x.data.map((value, i) => {
      const s = logistic(value);
      return at(d.data, i) * s * (1 + value - value * s);
    });
  },
};

/** -x; like all below, element by element, in the shape of x. */
export const neg = (x: Tensor): Tensor => apply(negOp, [x], undefined);
/** e to the power x; beyond 88 infinite in float32. */
export const exp = (x: Tensor): Tensor => apply(expOp, [x], undefined);
/** The natural logarithm: -infinity at 0, not a number below. */
export const log = (x: Tensor): Tensor => apply(logOp, [x], undefined);
/** The square root, not a number below 0; its gradient is infinite at 0. */
export const sqrt = (x: Tensor): Tensor => apply(sqrtOp, [x], undefined);
/** 1 / x, infinite at 0. */
export const reciprocal = (x: Tensor): Tensor => apply(reciprocalOp, [x], undefined);
/** The sine of x in radians. */
export const sin = (x: Tensor): Tensor => apply(sinOp, [x], undefined);
/** The cosine of x in radians. */
export const cos = (x: Tensor): Tensor => apply(cosOp, [x], undefined);
/** The hyperbolic tangent, in (-1, 1). */
export const tanh = (x: Tensor): Tensor => apply(tanhOp, [x], undefined);
/** The logistic function 1 / (1 + exp(-x)), in (0, 1). */
export const sigmoid = (x: Tensor): Tensor => apply(sigmoidOp, [x], undefined);
/** max(x, 0); its gradient is 0 at 0, as in PyTorch. */
export const relu = (x: Tensor): Tensor => apply(reluOp, [x], undefined);
/** 1 where x > 0, else 0; its gradient is 0. */
export const heaviside = (x: Tensor): Tensor => apply(heavisideOp, [x], undefined);
/** x sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => apply(siluOp, [x], undefined);
/**
 * The gradient of silu at x, given that of its output, `d`, of the same shape.
 *
 * @throws DeblendError where the shapes differ
 */
export const siluGradient = (x: Tensor, d: Tensor): Tensor => apply(siluGradientOp, [x, d], undefined);
