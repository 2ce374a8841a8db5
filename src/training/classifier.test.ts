/**
 * The classifier learns what can be told apart, and its loss is the cross entropy.
 */
import { expect, it } from "vitest";
import { pixelDataset } from "../data/index.ts";
import { DeblendError } from "../errors.ts";
import { fillUniform } from "../random/index.ts";
import { openDevice } from "../runtime/node.ts";
import { evaluate, gradients, input } from "../tensor/index.ts";
import { accuracyOn, crossEntropy, trainClassifier } from "./classifier.ts";

/** Bars that lie, stand, or are not there, in noise. */
const bars = (length: number, from: number) =>
  pixelDataset({
    ...{ length, shape: [1, 8, 8] as const, classes: ["lying", "standing", "none"] },
    labels: Uint8Array.from({ length }, (_, i) => i % 3),
    readBytes: (index, out) => {
      const noise = new Float32Array(65);
      fillUniform(noise, { seed: 1, purpose: "network-probe", index: from + index });
      const place = Math.floor(8 * (noise[64] ?? 0));
      out.set(
        out.map((_, i) => {
          const across = index % 3 === 0 ? Math.floor(i / 8) : index % 3 === 1 ? i % 8 : -1;
          return 120 * (noise[i] ?? 0) + (across === place ? 130 : 0);
        }),
      );
    },
  });

it("tells bars apart that it has not seen", async () => {
  const device = await openDevice("cpu", { threads: 1 });
  const judge = await trainClassifier(device, bars(1920, 0), { seed: 0, epochs: 10 });
  expect(await accuracyOn(judge, bars(300, 10_000))).toBeGreaterThan(0.95);
  await judge.dispose();
  await expect(trainClassifier(device, bars(10, 0), { seed: 0 })).rejects.toThrow(DeblendError);
});

it("has the loss -log p and the gradient p - y", () => {
  const logits = input("logits", [2, 3]);
  const labels = input("labels", [2]);
  const values = Float64Array.of(1, 2, 3, 0, 0, 0);
  const loss = crossEntropy(logits, labels);
  const feeds = new Map([[logits, values] as const, [labels, Float64Array.of(2, 0)] as const]);
  const [found, slope] = evaluate([loss, ...gradients(loss, [logits])], feeds);
  const e = [1, 2, 3].map(Math.exp);
  const sum = e.reduce((a, b) => a + b, 0);
  expect(found?.[0]).toBeCloseTo((-Math.log((e[2] ?? 0) / sum) + Math.log(3)) / 2, 6);
  [(e[0] ?? 0) / sum, (e[1] ?? 0) / sum, (e[2] ?? 0) / sum - 1, 1 / 3 - 1, 1 / 3, 1 / 3].forEach(
    (wanted, i) => {
      expect(slope?.[i]).toBeCloseTo(wanted / 2, 6);
    },
  );
});
