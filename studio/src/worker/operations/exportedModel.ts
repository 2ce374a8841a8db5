/**
 * A model file that deblend exported, as a `Deblender`: plain ONNX with the inputs `x_alpha` [n, c, h, w] and `alpha` [n],
 * for some models `condition` [n, c', h, w] and `class` [n], and the output `prediction`.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, TensorProto_DataType, type ValueInfoProto } from "onnx-buf";
import {
  DeblendError,
  type Deblender,
  type Device,
  type ModelPurpose,
  messageOf,
  parseUNetConfig,
  purposeOf,
} from "../../../../src/index.ts";

/** What a file says about itself. */
export interface ModelCard {
  readonly name: string;
  /** Of the file. */
  readonly bytes: number;
  /** Shape of an image. */
  readonly event: readonly [channels: number, height: number, width: number];
  /** Shape of a condition, where the model takes one. */
  readonly condition?: readonly [channels: number, height: number, width: number] | undefined;
  /** Names of the classes; none where the model takes no class. */
  readonly classes: readonly string[];
  /** What it was trained for, as on the command line, for instance `superres:4`. */
  readonly task: string;
  /** Why it cannot be guided, in a sentence; undefined where it can be, and where there is nothing to guide. */
  readonly unguided?: string | undefined;
}

export interface ExportedModel {
  readonly card: ModelCard;
  /** The label that stands for "no class". */
  readonly nullLabel: number;
  readonly deblend: Deblender;
  dispose(): Promise<void>;
}

/**
 * Reads what a file says about itself, without loading it.
 *
 * @throws DeblendError for anything that is not a model of deblend's
 */
export const readCard = (bytes: Uint8Array, name: string): ModelCard =>
  cardOf(decode(bytes, name), name, bytes.length);

function cardOf(model: ModelProto, name: string, bytes: number): ModelCard {
  const inputs = new Map(model.graph?.input.map((input) => [input.name, sizesOf(input)]) ?? []);
  const outputs = model.graph?.output.map((output) => output.name) ?? [];
  const refuse = (why: string) =>
    new DeblendError(
      `${name} is not a model that this page can run: ${why}; give a file that deblend export --format onnx wrote.`,
    );
  for (const needed of ["x_alpha", "alpha"]) {
    if (!inputs.has(needed)) {
      const found = [...inputs.keys()].slice(0, 4).join(", ") || "none";
      throw refuse(`it should have the inputs x_alpha and alpha, but has ${found}`);
    }
  }
  if (!outputs.includes("prediction")) throw refuse("it has no output called prediction");
  const other = [...inputs.keys()].find(
    (input) => !["x_alpha", "alpha", "condition", "class"].includes(input),
  );
  if (other !== undefined) throw refuse(`it has an input called ${other}`);
  const [batch, ...event] = inputs.get("x_alpha") ?? [];
  if (batch !== undefined) throw refuse(`it takes exactly ${batch} images at once, not any number`);
  if (!isPicture(event) || (event[0] !== 1 && event[0] !== 3)) {
    throw refuse(
      `its images should be [1 or 3 channels, height, width], but are [${event.map((n) => n ?? "?")}]`,
    );
  }
  const condition = inputs.get("condition")?.slice(1);
  if (condition !== undefined && !isPicture(condition)) throw refuse("its condition is not a picture");
  const purpose = purposeIn(model, refuse);
  const task = purpose?.task.spelling ?? (condition === undefined ? "unconditional" : "paired");
  const classes = inputs.has("class") ? purpose?.classes : [];
  if (classes === undefined || (inputs.has("class") && classes.length === 0))
    throw refuse("it takes a class, but does not say how many there are");
  if (purpose !== undefined && purpose.conditionChannels !== (condition?.[0] ?? 0)) {
    throw refuse(
      `its task is ${task} with ${purpose.conditionChannels} channels of condition, but it takes ${condition?.[0] ?? 0}`,
    );
  }
  const unguided = classes.length > 0 || condition !== undefined ? whyUnguided(classes, purpose) : undefined;
  return { name, bytes, event, condition, classes, task, unguided };
}

/** Loads a file. */
export async function openExported(device: Device, bytes: Uint8Array, name: string): Promise<ExportedModel> {
  const model = decode(bytes, name);
  const card = cardOf(model, name, bytes.length);
  // `deblend export` writes classes as whole numbers; other exporters may not.
  const isWhole = takesWholeNumbers(model, "class");
  const program = await device.load(bytes);
  return {
    card,
    nullLabel: card.classes.length,
    deblend: async (x, alpha, condition, label) => {
      const [n] = x.shape;
      const alphas = typeof alpha === "number" ? new Float32Array(n).fill(alpha) : alpha;
      const feeds = {
        x_alpha: device.tensor(x.data, x.shape),
        alpha: device.tensor(alphas, [n]),
        ...(condition && { condition: device.tensor(condition.data, condition.shape) }),
        ...(label && { class: isWhole ? device.integers(label, [n]) : device.tensor(label, [n]) }),
      };
      const { prediction } = await program.run(feeds);
      for (const tensor of Object.values(feeds)) tensor.dispose();
      if (prediction === undefined) throw new Error("The program has no prediction.");
      const data = await prediction.read();
      prediction.dispose();
      return { data, shape: x.shape };
    },
    dispose: () => program.dispose(),
  };
}

function decode(bytes: Uint8Array, name: string): ModelProto {
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    if (model.graph !== undefined) return model;
  } catch {
    // What is not a protocol buffer is not a model either.
  }
  throw new DeblendError(`${name} is not an ONNX file: give a file that deblend export --format onnx wrote.`);
}

/** Sizes of an input of float32 numbers; undefined for one that is left open. */
function sizesOf({ type }: ValueInfoProto): readonly (number | undefined)[] {
  if (type?.value.case !== "tensorType" || type.value.value.elemType !== TensorProto_DataType.FLOAT)
    return [];
  return (type.value.value.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : undefined,
  );
}

function takesWholeNumbers({ graph }: ModelProto, name: string): boolean {
  const type = graph?.input.find((input) => input.name === name)?.type?.value;
  return type?.case === "tensorType" && type.value.elemType === TensorProto_DataType.INT64;
}

function isPicture(sizes: readonly (number | undefined)[]): sizes is [number, number, number] {
  return sizes.length === 3 && sizes.every((size) => size !== undefined && size > 0);
}

/** What the network inside is for, by its configuration; undefined where the file does not have it. */
function purposeIn(
  { metadataProps }: ModelProto,
  refuse: (why: string) => DeblendError,
): ModelPurpose | undefined {
  const text = metadataProps.find(({ key }) => key === "config")?.value;
  if (text === undefined) return undefined;
  try {
    return purposeOf(parseUNetConfig(JSON.parse(text)));
  } catch (thrown) {
    throw refuse(messageOf(thrown).replace(/\.$/, ""));
  }
}

/** The rule of `deblend sample --guidance`: the network must have been shown "none" while it was trained. */
function whyUnguided(classes: readonly string[], purpose: ModelPurpose | undefined): string | undefined {
  const isLabelled = classes.length > 0;
  if (isLabelled && purpose?.nullLabel === undefined)
    return "It cannot be guided: it does not say which label stands for none.";
  return purpose?.labelDropout === 0
    ? `It cannot be guided: it was trained with its ${isLabelled ? "labels" : "conditions"} always shown (--label-dropout 0).`
    : undefined;
}
