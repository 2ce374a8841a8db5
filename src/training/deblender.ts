/**
 * A trained network as a `Deblender`: its weights are constants of the graph, so the runtime can fold and re-lay them.
 */
import type { Batch, Deblender } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import type { Network, Weights } from "../networks/network.ts";
import { generic, lower, type Precision, type Target } from "../onnx/index.ts";
import type { Device, Program } from "../runtime/index.ts";
import { constant, input, type Shape, type Tensor } from "../tensor/index.ts";

export interface TrainedDeblender {
  readonly deblend: Deblender;
  dispose(): Promise<void>;
}

export interface PredictionShapes {
  readonly xAlpha: Shape;
  readonly alpha: Shape;
  readonly condition?: Shape | undefined;
  readonly label?: Shape | undefined;
}

/** The network's prediction with constant weights. */
export function prediction(
  network: Network,
  weights: Weights,
  shapes: PredictionShapes,
  names = { xAlpha: "x_alpha", alpha: "alpha", condition: "condition", label: "class" },
): Tensor {
  const parameters = new Map(
    network.parameters.map(({ name, shape }) => {
      const data = weights.get(name);
      if (data === undefined) throw new DeblendError(`The weights lack the parameter ${name}.`);
      return [name, constant(data, shape)] as const;
    }),
  );
  return network.apply(
    parameters,
    input(names.xAlpha, shapes.xAlpha),
    input(names.alpha, shapes.alpha),
    shapes.condition && input(names.condition, shapes.condition),
    shapes.label && input(names.label, shapes.label),
  );
}

export interface DeblenderOptions {
  /** How the network is computed; f32 by default. */
  readonly precision?: Precision;
  readonly target?: Target;
}

/**
 * Loads a network for sampling. Graphs are compiled at first use, one for each batch shape and for each kind of alpha:
 * with one alpha for the whole batch the time embedding is computed once, and every event's result is then the same
 * whatever the batch around it.
 */
export function createDeblender(
  device: Device,
  network: Network,
  weights: Weights,
  { precision = "f32", target = precision === "f32" ? device.target : generic }: DeblenderOptions = {},
): TrainedDeblender {
  const programs = new Map<string, Promise<Program>>();
  const programFor = (shapes: PredictionShapes): Promise<Program> => {
    const name = [shapes.xAlpha, shapes.alpha, shapes.condition ?? [], shapes.label ?? []].join("|");
    const known = programs.get(name);
    if (known !== undefined) return known;
    const graph = { prediction: prediction(network, weights, shapes) };
    const program = device.load(
      lower(graph, { target, precision, isUnreturned: device.copiesOutputs }).bytes,
      { onDevice: [] },
    );
    programs.set(name, program);
    return program;
  };
  return {
    deblend: async (x, alpha, condition, label): Promise<Batch> => {
      const alphas = typeof alpha === "number" ? Float32Array.of(alpha) : alpha;
      const program = await programFor({
        xAlpha: x.shape,
        alpha: [alphas.length],
        condition: condition?.shape,
        label: label && [label.length],
      });
      const feeds = {
        x_alpha: device.tensor(x.data, x.shape),
        alpha: device.tensor(alphas, [alphas.length]),
        ...(condition && { condition: device.tensor(condition.data, condition.shape) }),
        ...(label && { class: device.tensor(label, [label.length]) }),
      };
      const { prediction: result } = await program.run(feeds);
      if (result === undefined) throw new Error("The program has no prediction.");
      const data = await result.read();
      result.dispose();
      for (const tensor of Object.values(feeds)) tensor.dispose();
      return { data, shape: result.shape as Batch["shape"] };
    },
    dispose: async () => {
      for (const program of programs.values()) await (await program).dispose();
    },
  };
}
