/**
 * The contract of every optimiser: pure, equal to a float64 implementation of PyTorch's published algorithm over many
 * steps through the compiled graph, and the same when it goes on from a state that was read back. Around it, in the same
 * way: clipping, the average and the schedules.
 */
import { describe, expect, it } from "vitest";
import { initialise, mlp, type Weights } from "../../src/networks/index.ts";
import { generic, lower } from "../../src/onnx/index.ts";
import {
  type AdamOptions,
  clipByGlobalNorm,
  emaDecayAt,
  globalNorm,
  type LearningRateSchedule,
  learningRateAt,
  type Optimiser,
  optimisers,
} from "../../src/optimisers/index.ts";
import { fillNormal } from "../../src/random/index.ts";
import { openDevice } from "../../src/runtime/node.ts";
import { evaluate, gradients, input, type Tensor } from "../../src/tensor/index.ts";
import { deblendingLoss } from "../../src/training/objective.ts";
import {
  createTrainingStep,
  freshState,
  givenState,
  type StepOptions,
  type TrainingState,
} from "../../src/training/step.ts";

const device = await openDevice("cpu", { threads: 1 });
const names = Object.keys(optimisers) as (keyof typeof optimisers)[];

const normal = (size: number, index: number, scale = 1) => {
  const values = new Float32Array(size);
  fillNormal(values, { seed: 5, purpose: "network-probe", index });
  return values.map((value) => scale * value);
};

/** One parameter with its moments, in float64. */
interface Reference {
  readonly w: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
}

const reference = (w: Float32Array): Reference => ({
  w: Float64Array.from(w),
  m: new Float64Array(w.length),
  v: new Float64Array(w.length),
});

/** `torch.optim.Adam` and `torch.optim.AdamW` as their documentation states them (maximize and amsgrad off), in place. */
const PYTORCH: Readonly<
  Record<
    keyof typeof optimisers,
    (r: Reference, g: ArrayLike<number>, t: number, rate: number, o: AdamOptions) => void
  >
> = {
  adam: ({ w, m, v }, gradient, t, rate, { betas: [beta1, beta2], epsilon, weightDecay }) => {
    for (let i = 0; i < w.length; i++) {
      const g = (gradient[i] ?? 0) + weightDecay * (w[i] ?? 0);
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const mHat = (m[i] ?? 0) / (1 - beta1 ** t);
      const vHat = (v[i] ?? 0) / (1 - beta2 ** t);
      w[i] = (w[i] ?? 0) - (rate * mHat) / (Math.sqrt(vHat) + epsilon);
    }
  },
  adamw: ({ w, m, v }, gradient, t, rate, { betas: [beta1, beta2], epsilon, weightDecay }) => {
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i] ?? 0;
      w[i] = (w[i] ?? 0) - rate * weightDecay * (w[i] ?? 0);
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const mHat = (m[i] ?? 0) / (1 - beta1 ** t);
      const vHat = (v[i] ?? 0) / (1 - beta2 ** t);
      w[i] = (w[i] ?? 0) - (rate * mHat) / (Math.sqrt(vHat) + epsilon);
    }
  },
};

const OPTIONS: readonly AdamOptions[] = [
  { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 },
  { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1 },
  { betas: [0.5, 0.9], epsilon: 1e-3, weightDecay: 0.01 },
  { betas: [0, 0], epsilon: 1e-2, weightDecay: 0 },
];

/** How far apart numbers are, as a share of the largest of them. */
function distance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [worst, peak] = [0, 1e-30];
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs((found[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN)));
    peak = Math.max(peak, Math.abs(wanted[i] ?? 0));
  }
  return worst / peak;
}

/** The update of some parameters, compiled; `run` gives the new weights and moments by name. */
async function compiled(optimiser: Optimiser, sizes: Readonly<Record<string, number>>) {
  const outputs: Record<string, Tensor> = {};
  for (const [name, size] of Object.entries(sizes)) {
    const [weight, gradient, m, v] = ["w", "g", "m", "v"].map((kind) => input(`${name}.${kind}`, [size]));
    if (!weight || !gradient || !m || !v) throw new Error("There are four inputs.");
    const after = optimiser.update({ weight, gradient, state: [m, v] });
    outputs[`next ${name}.w`] = after.weight;
    outputs[`next ${name}.m`] = after.state[0];
    outputs[`next ${name}.v`] = after.state[1];
  }
  const program = await device.load(lower(outputs, { target: generic }).bytes);
  return {
    run: async (values: Readonly<Record<string, Float32Array>>, step: number, learningRate: number) => {
      const scalars = Object.entries(optimiser.scalars(step, learningRate));
      const all = [
        ...Object.entries(values).map(([name, data]) => [name, device.tensor(data, [data.length])] as const),
        ...scalars.map(([name, value]) => [name, device.tensor(Float32Array.of(value), [])] as const),
      ];
      const feeds = Object.fromEntries(all.filter(([name]) => program.inputs.includes(name)));
      const results = await program.run(feeds);
      const read: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(results)) {
        read[name.replace("next ", "")] = await tensor.read();
        tensor.dispose();
      }
      return read;
    },
    close: () => program.dispose(),
  };
}

describe.each(names)("%s", (name) => {
  it("carries its own name", () => {
    expect(optimisers[name]().name).toBe(name);
  });

  it.each(OPTIONS)(
    "is PyTorch's with $betas, epsilon $epsilon, weight decay $weightDecay",
    async (options) => {
      const SIZE = 64;
      const optimiser = optimisers[name](options);
      const program = await compiled(optimiser, { p: SIZE });
      let values = {
        "p.w": normal(SIZE, 0),
        "p.m": new Float32Array(SIZE),
        "p.v": new Float32Array(SIZE),
      };
      const exact = reference(values["p.w"]);
      for (let step = 1; step <= 12; step++) {
        // From tiny to large; some entries are never touched, as where a ReLU is dead.
        const gradient = normal(SIZE, step, 10 ** ((step % 5) - 3)).map((g, i) => (i % 8 === 0 ? 0 : g));
        const rate = 0.05 / step;
        values = (await program.run({ ...values, "p.g": gradient }, step, rate)) as typeof values;
        PYTORCH[name](exact, gradient, step, rate, options);
        expect(distance(values["p.w"], exact.w), `weights at step ${step}`).toBeLessThan(2e-6);
        expect(distance(values["p.m"], exact.m), `first moment at step ${step}`).toBeLessThan(2e-6);
        expect(distance(values["p.v"], exact.v), `second moment at step ${step}`).toBeLessThan(2e-6);
      }
      await program.close();
    },
  );

  it("is pure: neither other calls nor other parameters change an update", async () => {
    const values = (parameter: string, from: number) =>
      Object.fromEntries(
        ["w", "g", "m", "v"].map((kind, i) => [`${parameter}.${kind}`, normal(6, from + i).map(Math.abs)]),
      );
    const optimiser = optimisers[name]({ weightDecay: 0.1 });
    const alone = await compiled(optimiser, { a: 6 });
    const given = values("a", 20);
    const kept = structuredClone(given);
    const first = await alone.run(given, 3, 0.1);
    expect(given).toEqual(kept);

    const scalars = optimiser.scalars(3, 0.1);
    for (const step of [1, 100, 2]) optimisers[name]({ betas: [0.1, 0.2] }).scalars(step, 7);
    optimiser.scalars(1000, 3);
    expect(optimiser.scalars(3, 0.1)).toEqual(scalars);

    // The same parameter, after and between others.
    const among = await compiled(optimiser, { b: 6, a: 6, c: 6 });
    await among.run({ ...values("b", 40), ...values("a", 44), ...values("c", 48) }, 8, 0.3);
    const again = await among.run({ ...values("b", 60), ...given, ...values("c", 68) }, 3, 0.1);
    for (const [key, numbers] of Object.entries(first)) expect(again[key], key).toEqual(numbers);
    await alone.close();
    await among.close();
  });

  it("starts from zero moments with a step of about the learning rate, whatever the gradient's scale", async () => {
    const program = await compiled(optimisers[name]({ weightDecay: 0 }), { p: 4 });
    for (const scale of [1e-4, 1, 1e4]) {
      const zeros = () => new Float32Array(4);
      const g = Float32Array.of(scale, -scale, 2 * scale, 0);
      const { "p.w": w } = await program.run(
        { "p.w": zeros(), "p.g": g, "p.m": zeros(), "p.v": zeros() },
        1,
        0.1,
      );
      expect(distance(w ?? [], [-0.1, 0.1, -0.1, 0])).toBeLessThan(1e-3);
    }
    await program.close();
  });
});

const network = mlp({ dimension: 2, hidden: [8, 8], activation: "silu" });
const BATCH = 4;

const batchAt = (k: number) => ({
  x0: normal(2 * BATCH, 3 * k),
  x1: normal(2 * BATCH, 3 * k + 1, 0.5),
  alpha: normal(BATCH, 3 * k + 2).map((value) => Math.abs(value) % 1),
});

const trainer = (options: Partial<StepOptions>) =>
  createTrainingStep(device, network, {
    ...{ batch: BATCH, event: [2], clip: 0, reduction: "mean", accumulate: 1 },
    ...{ optimiser: optimisers.adam(), initial: freshState(network, 1) },
    ...options,
  });

/** Weights, average and moments as plain arrays, to be compared bit by bit. */
const plain = (state: TrainingState) =>
  Object.fromEntries(Object.entries(state).map(([kind, values]) => [kind, [...(values as Weights)]]));

describe.each(names)("a compiled step with %s", (name) => {
  it.each([1, 2])(
    "goes on from a state that was read back as if it never stopped (%i micro-batches)",
    async (n) => {
      const options = { optimiser: optimisers[name]({ weightDecay: 0.05 }), clip: 0.5, accumulate: n };
      const advance = async (step: Awaited<ReturnType<typeof trainer>>, from: number, to: number) => {
        for (let k = from; k <= to; k++) {
          const batches = Array.from({ length: n }, (_, i) => batchAt(100 + k * n + i));
          await step.run(batches, { learningRate: 0.01, emaDecay: 0.9, step: k });
        }
        const state = await step.readState();
        await step.dispose();
        return state;
      };
      const whole = await advance(await trainer(options), 1, 6);
      const half = await advance(await trainer(options), 1, 3);
      const rest = await advance(await trainer({ ...options, initial: givenState(half) }), 4, 6);
      expect(plain(rest)).toEqual(plain(whole));
      expect(plain(rest)).not.toEqual(plain(half));
    },
  );

  it("follows the float64 reference: loss, gradient, clipping, update and average", async () => {
    const settings: AdamOptions = { betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0.02 };
    const clip = 1;
    const step = await trainer({ optimiser: optimisers[name](settings), clip });
    const start = initialise(network, 1);
    const parameters = new Map([...start].map(([key, values]) => [key, reference(values)]));
    const average = new Map([...start].map(([key, values]) => [key, Float64Array.from(values)]));
    const inputs = new Map(network.parameters.map((spec) => [spec.name, input(spec.name, spec.shape)]));
    const [x0, x1, alpha] = [input("x0", [BATCH, 2]), input("x1", [BATCH, 2]), input("alpha", [BATCH])];
    const loss = deblendingLoss(network, inputs, { x0, x1, alpha }, "mean");
    const wanted = [loss, ...gradients(loss, [...inputs.values()])];
    let clipped = 0;
    for (let t = 1; t <= 6; t++) {
      const batch = batchAt(t);
      const feeds = new Map([
        [x0, Float64Array.from(batch.x0)],
        [x1, Float64Array.from(batch.x1)],
        [alpha, Float64Array.from(batch.alpha)],
        ...[...inputs].map(
          ([key, tensor]) => [tensor, parameters.get(key)?.w ?? new Float64Array()] as const,
        ),
      ]);
      const [lossValue, ...slopes] = evaluate(wanted, feeds).map((values) => values.slice());
      const norm = Math.sqrt(slopes.flatMap((slope) => [...slope]).reduce((sum, g) => sum + g * g, 0));
      const factor = Math.min(1, clip / (norm + 1e-6));
      if (factor < 1) clipped += 1;
      [...parameters.values()].forEach((parameter, i) => {
        PYTORCH[name](parameter, slopes[i]?.map((g) => factor * g) ?? [], t, 0.01, settings);
      });
      for (const [key, values] of average) {
        const { w } = parameters.get(key) ?? { w: [] };
        for (let i = 0; i < values.length; i++) values[i] = 0.8 * (values[i] ?? 0) + 0.2 * (w[i] ?? 0);
      }
      const found = await step.run([batch], { learningRate: 0.01, emaDecay: 0.8, step: t });
      expect(found.loss / (lossValue?.[0] ?? Number.NaN)).toBeCloseTo(1, 4);
      expect(found.gradientNorm / norm).toBeCloseTo(1, 4);
    }
    // Both sides of the limit were met.
    expect(clipped).toBeGreaterThan(0);
    expect(clipped).toBeLessThan(6);
    const state = await step.readState();
    for (const [key, { w, m, v }] of parameters) {
      expect(distance(state.weights.get(key) ?? [], w), key).toBeLessThan(2e-5);
      expect(distance(state.firstMoment.get(key) ?? [], m), key).toBeLessThan(1e-4);
      expect(distance(state.secondMoment.get(key) ?? [], v), key).toBeLessThan(1e-4);
      expect(distance(state.ema.get(key) ?? [], average.get(key) ?? []), key).toBeLessThan(2e-5);
    }
    await step.dispose();
  });
});

describe("clipping by the global norm", () => {
  const norms = async (gradient: readonly [readonly number[], readonly number[]], limit: number) => {
    const tensors = gradient.map((values, i) => input(`g${i}`, [values.length]));
    const norm = globalNorm(tensors);
    const [a, b] = clipByGlobalNorm(tensors, norm, limit);
    if (a === undefined || b === undefined) throw new Error("There are two gradients.");
    const program = await device.load(lower({ norm, a, b }, { target: generic }).bytes);
    const feeds = gradient.map((values, i) => [
      `g${i}`,
      device.tensor(Float32Array.from(values), [values.length]),
    ]);
    const results = await program.run(Object.fromEntries(feeds));
    const read = async (name: string) => [...((await results[name]?.read()) ?? [])];
    const found = { norm: (await read("norm"))[0], a: await read("a"), b: await read("b") };
    await program.dispose();
    return found;
  };

  it("leaves what is shorter than the limit as it is", async () => {
    expect(await norms([[3], [4, 0]], 10)).toEqual({ norm: 5, a: [3], b: [4, 0] });
  });

  it("shortens all gradients together to the limit", async () => {
    const { norm, a, b } = await norms([[3], [4, 0]], 0.5);
    expect(norm).toBe(5);
    expect(a[0]).toBeCloseTo(0.3, 6);
    expect(b[0]).toBeCloseTo(0.4, 6);
    expect(b[1]).toBe(0);
  });

  it("leaves a gradient of zero at zero, without a division by it", async () => {
    expect(await norms([[0], [0, 0]], 1)).toEqual({ norm: 0, a: [0], b: [0, 0] });
  });

  it("never clips in a step whose limit is 0, and tells the norm before clipping", async () => {
    const sgdLike = optimisers.adam({ betas: [0, 0], epsilon: 1e3 });
    const moved = async (clip: number) => {
      const step = await trainer({ optimiser: sgdLike, clip });
      const { gradientNorm } = await step.run([batchAt(1)], { learningRate: 1e3, emaDecay: 0, step: 1 });
      const { firstMoment } = await step.readState();
      await step.dispose();
      const length = Math.hypot(...[...firstMoment.values()].flatMap((values) => [...values]));
      return { gradientNorm, length };
    };
    const free = await moved(0);
    expect(free.length / free.gradientNorm).toBeCloseTo(1, 5);
    const half = await moved(free.gradientNorm / 2);
    expect(half.gradientNorm).toBe(free.gradientNorm);
    expect(half.length / free.gradientNorm).toBeCloseTo(0.5, 5);
    expect((await moved(2 * free.gradientNorm)).length).toBe(free.length);
  });
});

describe("the average of the weights", () => {
  it.each([
    ["with", (step: number) => emaDecayAt(step, 0.9)],
    ["without", () => 0.9],
  ] as const)("%s its warm-up is decay average + (1 - decay) weight, step by step", async (_, decayAt) => {
    const step = await trainer({});
    let average = new Map(
      [...initialise(network, 1)].map(([key, values]) => [key, Float64Array.from(values)]),
    );
    for (let k = 1; k <= 4; k++) {
      const emaDecay = decayAt(k);
      await step.run([batchAt(k)], { learningRate: 0.1, emaDecay, step: k });
      const { weights, ema } = await step.readState();
      average = new Map(
        [...average].map(([key, before]) => [
          key,
          before.map((value, i) => emaDecay * value + (1 - emaDecay) * (weights.get(key)?.[i] ?? 0)),
        ]),
      );
      for (const [key, values] of average) {
        expect(distance(ema.get(key) ?? [], values)).toBeLessThan(1e-6);
        expect(distance(weights.get(key) ?? [], values), "it should lag").toBeGreaterThan(1e-3);
      }
    }
    await step.dispose();
  });

  it("with its warm-up follows more closely at first, and as slowly later", () => {
    expect(emaDecayAt(1, 0.999)).toBeLessThan(0.2);
    const decays = Array.from({ length: 20_000 }, (_, i) => emaDecayAt(i + 1, 0.999));
    expect(decays.every((decay, i) => i === 0 || decay >= (decays[i - 1] ?? 1))).toBe(true);
    expect(decays.at(-1)).toBe(0.999);
  });

  it("is the weights themselves where the decay is 0", async () => {
    const step = await trainer({});
    await step.run([batchAt(1)], { learningRate: 0.1, emaDecay: 0, step: 1 });
    const { weights, ema } = await step.readState();
    for (const [key, values] of weights) expect(distance(ema.get(key) ?? [], values)).toBeLessThan(1e-6);
    await step.dispose();
  });
});

describe("schedules of the learning rate", () => {
  const schedules = ["constant", "cosine"] as const;
  const rates = (options: LearningRateSchedule) =>
    Array.from({ length: options.steps }, (_, i) => learningRateAt(i + 1, options));

  it.each(schedules)(
    "%s: rises in equal parts from 0, is whole at the warm-up's end, never negative",
    (schedule) => {
      const options = { learningRate: 0.2, warmup: 4, schedule, steps: 24 };
      expect(learningRateAt(0, options)).toBe(0);
      const all = rates(options);
      expect(all.slice(0, 4).map((rate) => Number(rate.toFixed(12)))).toEqual([0.05, 0.1, 0.15, 0.2]);
      expect(all[4]).toBe(0.2);
      for (const rate of all) {
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(0.2);
      }
      const later = all.slice(4);
      expect(later.every((rate, i) => i === 0 || rate <= (later[i - 1] ?? 0))).toBe(true);
    },
  );

  it("constant stays to the last step, cosine is half way at the middle and nearly 0 at the last", () => {
    const options = { learningRate: 0.2, warmup: 4, steps: 24 };
    expect(learningRateAt(24, { ...options, schedule: "constant" })).toBe(0.2);
    expect(learningRateAt(15, { ...options, schedule: "cosine" })).toBeCloseTo(0.1, 12);
    const last = 0.1 * (1 + Math.cos((Math.PI * 19) / 20));
    expect(learningRateAt(24, { ...options, schedule: "cosine" })).toBeCloseTo(last, 12);
  });

  it.each(schedules)("%s: a warm-up longer than the run, and none at all", (schedule) => {
    expect(rates({ learningRate: 1, warmup: 8, schedule, steps: 4 })).toEqual([0.125, 0.25, 0.375, 0.5]);
    expect(learningRateAt(1, { learningRate: 1, warmup: 0, schedule, steps: 4 })).toBe(1);
  });
});
