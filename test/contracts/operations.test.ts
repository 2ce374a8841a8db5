/**
 * The contract of every operation: its gradient agrees with central differences of its float64 reference, once and
 * once more for the gradient itself, and a wrong shape is refused with a sentence.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/batch.ts";
import { DeblendError } from "../../src/errors.ts";
import { fillUniform } from "../../src/random/index.ts";
import { constant, evaluate, gradients, input, mul, type Tensor, total } from "../../src/tensor/index.ts";
import { operations } from "../../src/tensor/registry.ts";
import { operationCases } from "./operationCases.ts";
import { takeAnyShape, wrongShapes } from "./wrongShapes.ts";

const uniform = (size: number, index: number, [low, high]: readonly [number, number] = [-1, 1]) => {
  const values = new Float32Array(size);
  fillUniform(values, { seed: 7, purpose: "network-probe", index });
  return Float64Array.from(values, (u) => low + (high - low) * u);
};

/** A scalar that depends on every entry of `y` differently. */
const weigh = (y: Tensor, index: number) =>
  total(mul(y, constant(Float32Array.from(uniform(sizeOf(y.shape), index)), y.shape)));

function expectGradients(loss: Tensor, inputs: Tensor[], feeds: Map<Tensor, Float64Array>): void {
  const step = 1e-5;
  const found = evaluate(gradients(loss, inputs), feeds);
  inputs.forEach((tensor, i) => {
    const values = feeds.get(tensor) ?? new Float64Array();
    const lossAt = (index: number, shift: number) => {
      const moved = values.slice();
      moved[index] = (moved[index] ?? 0) + shift;
      return evaluate([loss], new Map(feeds).set(tensor, moved))[0]?.[0] ?? Number.NaN;
    };
    const differences = values.map((_, index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step));
    differences.forEach((difference, index) => {
      expect(Math.abs(difference - (found[i]?.[index] ?? Number.NaN))).toBeLessThan(
        1e-6 * (1 + Math.abs(difference)),
      );
    });
  });
}

it("every registered operation has a case", () => {
  const covered = new Set(operationCases.map(({ op }) => op));
  const leaves = ["input", "constant"];
  expect(
    operations.map(({ name }) => name).filter((name) => !covered.has(name) && !leaves.includes(name)),
  ).toEqual([]);
});

describe.each(operationCases)("$label", ({ inputs: shapes, build, domain, op }) => {
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
  const feeds = new Map(inputs.map((tensor, i) => [tensor, uniform(sizeOf(tensor.shape), i, domain)]));
  const output = build(inputs);

  it("is the operation it says", () => expect(output.op.name).toBe(op));

  it("has the gradient that finite differences have", () => {
    expectGradients(weigh(output, 10), inputs, feeds);
  });

  it("has a gradient that can be differentiated again", () => {
    const first = gradients(weigh(output, 10), inputs).map((gradient, i) => weigh(gradient, 20 + i));
    for (const loss of first) expectGradients(loss, inputs, feeds);
  });

  it("gives a shape of whole numbers, or a sentence, for whatever shapes there are", () => {
    const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(shape, { minLength: shapes.length, maxLength: shapes.length }), (random) => {
        try {
          const { shape: found } = build(random.map((sizes, i) => input(`x${i}`, sizes)));
          expect(found.every((size) => Number.isSafeInteger(size) && size >= 0)).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DeblendError);
          expect((thrown as DeblendError).message).toMatch(new RegExp(`^${op} needs [^\\n]+\\.$`));
        }
      }),
      { numRuns: 300 },
    );
  });
});

it("every registered operation has wrong shapes, or takes any", () => {
  const all = operations.map(({ name }) => name);
  expect([...Object.keys(wrongShapes), ...takeAnyShape].sort()).toEqual([...all].sort());
});

describe.each(Object.entries(wrongShapes))("%s refuses", (op, wrong) => {
  it.each(wrong)("%s, in one sentence that names the operation", (_, build) => {
    expect(build).toThrow(DeblendError);
    expect(build).toThrow(new RegExp(`^${op} needs [^\n]+, but got [^\n]+.$`));
  });
});
