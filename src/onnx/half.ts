/**
 * A graph in half precision: products, images and weights in float16, sums and whatever grows or divides in float32.
 *
 * Inputs and outputs of the model stay float32, so that whoever runs it need not know. A value is float16 where it comes out
 * of a product with weights, or is made of such a value; statistics, roots, exponentials and the waves of alpha stay float32:
 * float16 ends at 65,504 and has 11 bits, which a sum over an image's pixels passes at once.
 */
import { Float16Array } from "@petamoriken/float16";
import { DeblendError } from "../errors.ts";
import type { GraphNode, HalfData, Initialiser } from "./graph.ts";
import { ElementType } from "./model.ts";

/** Products with weights: always in float16. */
const PRODUCTS = new Set(["Conv", "ConvTranspose", "MatMul"]);

/** Sums over many numbers, and functions that lose their meaning in 11 bits: always in float32. */
const FULL = new Set([
  ...["ReduceSum", "ReduceMean", "ReduceSumSquare", "Softmax"],
  ...["Sqrt", "Reciprocal", "Exp", "Log", "Sin", "Cos", "Greater"],
]);

/** Inputs that are settings, by operator; all other inputs of a node are of its precision. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2] };

type Precision = "half" | "full";

export interface HalfGraph {
  readonly nodes: readonly GraphNode[];
  readonly initialisers: readonly Initialiser[];
}

/**
 * @param nodes each after those that it depends on
 * @param inputs the model's float32 inputs
 * @param outputs the model's results, which become float32 again
 * @throws DeblendError for a weight beyond the range of float16
 */
export function halve(
  nodes: readonly GraphNode[],
  initialisers: readonly Initialiser[],
  inputs: Iterable<string>,
  outputs: readonly string[],
): HalfGraph {
  const results = new Set(outputs);
  /** Of what is computed or fed; constants fit themselves to whoever takes them. */
  const precisions = new Map<string, Precision>([...inputs].map((name) => [name, "full"]));
  const constants = new Map(
    initialisers.filter(({ data }) => data instanceof Float32Array).map((one) => [one.name, one]),
  );
  const made: GraphNode[] = [];
  const added = new Map<string, Initialiser>();
  const casts = new Map<string, string>();

  const cast = (name: string, to: Precision): string => {
    const known = casts.get(name);
    if (known !== undefined) return known;
    const output = `${name}/${to}`;
    const type = to === "half" ? ElementType.FLOAT16 : ElementType.FLOAT;
    made.push({ operator: "Cast", domain: "", inputs: [name], outputs: [output], attributes: { to: type } });
    casts.set(name, output);
    return output;
  };
  const halfConstant = (constant: Initialiser): string => {
    const name = `${constant.name}/half`;
    if (!added.has(name)) added.set(name, { ...constant, name, data: toHalf(constant.data as Float32Array) });
    return name;
  };
  const as = (name: string, precision: Precision): string => {
    const constant = constants.get(name);
    if (constant !== undefined) return precision === "half" ? halfConstant(constant) : name;
    const known = precisions.get(name);
    return known === undefined || known === precision ? name : cast(name, precision);
  };

  for (const node of nodes) {
    const settings = SETTINGS[node.operator] ?? [];
    const values = node.inputs.filter((_, i) => !settings.includes(i));
    const computed = values.flatMap((name) => precisions.get(name) ?? []);
    // Weights that are only turned or reshaped are weights still.
    const isHalf =
      PRODUCTS.has(node.operator) ||
      (!FULL.has(node.operator) &&
        node.operator !== "Cast" &&
        (computed.includes("half") || (computed.length === 0 && values.some((name) => constants.has(name)))));
    const precision = isHalf ? "half" : "full";
    const adapted = node.inputs.map((name, i) => (settings.includes(i) ? name : as(name, precision)));
    const [output = ""] = node.outputs;
    if (isHalf && results.has(output)) {
      const half = `${output}/half`;
      made.push({ ...node, inputs: adapted, outputs: [half] });
      const attributes = { to: ElementType.FLOAT };
      made.push({ operator: "Cast", domain: "", inputs: [half], outputs: [output], attributes });
      continue;
    }
    made.push({ ...node, inputs: adapted });
    precisions.set(output, precision);
  }
  return { nodes: made, initialisers: [...initialisers, ...added.values()] };
}

/** The nearest float16 of each number, as bits. */
function toHalf(data: Float32Array): HalfData {
  const half = new Float16Array(data);
  if (!half.every(Number.isFinite)) {
    throw new DeblendError(
      "A weight is beyond the range of half precision (65,504), or no number: use --precision f32.",
    );
  }
  return new Uint16Array(half.buffer);
}
