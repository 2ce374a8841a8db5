/**
 * Every operation, lowered for each target and run by ONNX Runtime, agrees with its float64 reference; so do its gradients.
 */

import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/batch.ts";
import { generic, lower } from "../../src/onnx/index.ts";
import { fillUniform } from "../../src/random/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { constant, evaluate, gradients, input, mul, type Tensor, total } from "../../src/tensor/index.ts";
import { blockCases } from "./blockCases.ts";
import { operationCases } from "./operationCases.ts";

const uniform = (size: number, index: number, [low, high]: readonly [number, number] = [-1, 1]) => {
  const values = new Float32Array(size);
  fillUniform(values, { seed: 11, purpose: "network-probe", index });
  return values.map((u) => low + (high - low) * u);
};

const device = await openDevice("cpu", { threads: 1 });

// The CPU's own target has blocks of channels where its runtime offers them.
describe.each([...new Set([generic, device.target])])("target $name", (target) => {
  it.each([...operationCases, ...blockCases])("$label", async ({ inputs: shapes, build, domain }) => {
    const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
    const values = inputs.map(({ shape }, i) => uniform(sizeOf(shape), i, domain));
    const y = build(inputs);
    const loss = total(mul(y, constant(uniform(sizeOf(y.shape), 10), y.shape)));
    const named: Record<string, Tensor> = { y };
    gradients(loss, inputs).forEach((gradient, i) => {
      named[`d${i}`] = gradient;
    });
    const model = lower(named, { target });
    const program = await device.load(model.bytes);
    const feeds = Object.fromEntries(
      inputs.flatMap(({ shape }, i) =>
        model.inputs.has(`x${i}`) ? [[`x${i}`, device.tensor(values[i] ?? new Float32Array(), shape)]] : [],
      ),
    );
    const results = await program.run(feeds);
    const expected = evaluate(
      Object.values(named),
      new Map(inputs.map((tensor, i) => [tensor, Float64Array.from(values[i] ?? [])])),
    );
    for (const [i, name] of Object.keys(named).entries()) {
      const found = (await results[name]?.read()) ?? new Float32Array();
      const wanted = expected[i] ?? new Float64Array();
      expect(found.length).toBe(wanted.length);
      const scale = wanted.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-3);
      found.forEach((value, k) => {
        expect(Math.abs(value - (wanted[k] ?? Number.NaN)) / scale).toBeLessThan(2e-5);
      });
    }
    await program.dispose();
  });
});
