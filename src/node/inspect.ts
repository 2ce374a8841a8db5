/**
 * What a file or folder of the product is, in facts.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataType, type ValueInfoProto } from "onnx-buf";
import { sizeOf } from "../batch.ts";
import { DeblendError } from "../errors.ts";
import { countParameters, parseUNetConfig, sampleSize, type UNetConfig } from "../networks/index.ts";
import { openDevice } from "../runtime/node.ts";
import { AVERAGE_FOLDER, SAMPLES_FOLDER, STATE_FILE } from "../training/checkpoint.ts";
import { layoutOf } from "../training/layout.ts";
import { purposeOf } from "../training/purpose.ts";
import { checkpointFolders } from "./checkpointFolders.ts";
import { verifyCheckpoint } from "./checkpoints.ts";
import { fileError } from "./files.ts";
import { readModelFolder, readSafetensors } from "./modelFolder.ts";
import { readRunConfig } from "./run.ts";
import { readTorchFile } from "./torchFile.ts";

export type Facts = Record<string, unknown>;

/** @throws DeblendError if the path is none of these, or is damaged */
export async function inspectPath(path: string): Promise<Facts> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError("inspect", path, thrown);
  });
  if (found.isDirectory()) return inspectFolder(path);
  if (path.endsWith(".onnx")) return inspectOnnx(path);
  if (path.endsWith(".safetensors"))
    return { kind: "weights (safetensors)", ...tensorFacts(await readSafetensors(path)) };
  if (/\.(pt|pth|ckpt|bin)$/.test(path))
    return { kind: "weights (PyTorch)", ...tensorFacts(await readTorchFile(path)) };
  throw new DeblendError(
    `${path} is nothing that inspect knows: give a run, a checkpoint, a model folder, or a .safetensors, .pt, .ckpt or .onnx file.`,
  );
}

function tensorFacts(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): Facts {
  const numbers = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    tensors: tensors.size,
    parameters: numbers,
    shapes: Object.fromEntries([...tensors].slice(0, 8).map(([name, { shape }]) => [name, shape])),
  };
}

async function inspectFolder(path: string): Promise<Facts> {
  const names = await readdir(path);
  // A run that has only just begun has a folder for samples and nothing else yet.
  if (["checkpoints", "metrics.jsonl", SAMPLES_FOLDER].some((name) => names.includes(name))) {
    const config = await readRunConfig(path);
    const checkpoints = await checkpointFolders(path);
    const metrics = await readFile(join(path, "metrics.jsonl"), "utf8").catch(() => "");
    const last = metrics
      .split("\n")
      .map(parsedLine)
      .findLast((line) => line !== undefined);
    const newest = checkpoints[0];
    const model = newest === undefined ? {} : await modelFacts(newest);
    return {
      kind: "run",
      ...model,
      checkpoints: checkpoints.map((folder) => relative(path, folder)),
      ...(last !== undefined && { last }),
      configuration: config,
    };
  }
  if (names.includes(STATE_FILE)) {
    const { step, samples, seed, seconds, files } = await verifyCheckpoint(path);
    return {
      kind: "checkpoint, every file as it was written",
      ...{ step, samples, seed, seconds },
      ...(await modelFacts(path)),
      averaged: join(path, AVERAGE_FOLDER),
      files: Object.keys(files),
    };
  }
  return { kind: "model folder (diffusers)", ...(await modelFacts(path)) };
}

/** A line of metrics; undefined for what a kill cut short. */
function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function modelFacts(folder: string): Promise<Facts> {
  const { network } = await readModelFolder(folder);
  const { target } = await openDevice("cpu");
  return {
    parameters: countParameters(network),
    ...purposeFacts(network.config),
    cpuLayout: layoutOf(target, network),
    network: network.config,
  };
}

/** What the model is shown besides noise. */
function purposeFacts(
  config: UNetConfig,
  sides: readonly (number | string)[] = sampleSize(config) ?? ["height", "width"],
): Facts {
  const { task, conditionChannels, channels, classes, nullLabel } = purposeOf(config);
  return {
    task: task.spelling,
    image: [channels, ...sides],
    ...(conditionChannels > 0 && { condition: [conditionChannels, ...sides], means: task.description }),
    ...(classes.length > 0 && { classes }),
    ...(nullLabel !== undefined && { noClass: nullLabel }),
  };
}

async function inspectOnnx(path: string): Promise<Facts> {
  const bytes = await readFile(path);
  let model: ReturnType<typeof decodeModel>;
  try {
    model = decodeModel(bytes);
  } catch {
    throw new DeblendError(`${path} is not an ONNX file: it cannot be decoded as one.`);
  }
  const { graph, metadataProps } = model;
  if (graph === undefined) throw new DeblendError(`${path} is not an ONNX file: it holds no graph.`);
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  const inputs = Object.fromEntries(graph.input.map(describe));
  const config = networkConfigIn(metadata.config);
  return {
    kind: "model (ONNX)",
    ...(config && purposeFacts(config, inputs.x_alpha?.slice(2))),
    producer: model.producerName,
    opset: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [domain || "ai.onnx", Number(version)]),
    ),
    inputs,
    outputs: Object.fromEntries(graph.output.map(describe)),
    types: Object.fromEntries(graph.input.map(({ name, type }) => [name, typeName(type)])),
    nodes: graph.node.length,
    parameters: graph.initializer
      .filter(({ dataType }) => dataType === 1 || dataType === 10)
      .reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * Number(b), 1), 0),
    bytes: bytes.length,
    metadata,
  };
}

/** The network's configuration that the product writes into ONNX files; undefined in those of others. */
function networkConfigIn(text: string | undefined): UNetConfig | undefined {
  if (text === undefined) return undefined;
  try {
    return parseUNetConfig(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const decodeModel = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes);

/** Of an input's numbers. */
function typeName(type: ValueInfoProto["type"]): string {
  const number = type?.value.case === "tensorType" ? type.value.value.elemType : 0;
  return TensorProto_DataType[number]?.toLowerCase().replace(/^float$/, "float32") ?? "unknown";
}

function describe({ name, type }: ValueInfoProto): [string, (number | string)[]] {
  const shape = type?.value.case === "tensorType" ? type.value.value.shape : undefined;
  return [
    name,
    (shape?.dim ?? []).map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : (value.value ?? "?"),
    ),
  ];
}
