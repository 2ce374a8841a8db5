/**
 * Serialises a graph as an ONNX `ModelProto` (IR version 10, opset 21).
 */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { AttributeValue, GraphNode, Initialiser } from "./graph.ts";

/** ONNX's numbers for types of elements. */
export { TensorProto_DataType as ElementType };

const IR_VERSION = 10n;
const OPSETS = { "": 21, "com.microsoft": 1, "com.microsoft.nchwc": 1 } as const;

/** An input or output, of float32 if nothing else is said; a size given as a word is dynamic. */
export interface ValueDescription {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  /** Whole numbers, int64. */
  readonly isInteger?: boolean;
  /** A sequence of tensors of that shape. */
  readonly isSequence?: boolean;
}

export interface ModelDescription {
  readonly nodes: readonly GraphNode[];
  readonly initialisers: readonly Initialiser[];
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** Free-form key and value pairs kept inside the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of an `.onnx` file. */
export function encodeModel({
  nodes,
  initialisers,
  inputs,
  outputs,
  metadata = {},
}: ModelDescription): Uint8Array {
  const domains = new Set(nodes.map(({ domain }) => domain).concat(""));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "deblend",
    opsetImport: Object.entries(OPSETS)
      .filter(([domain]) => domains.has(domain))
      .map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) })),
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: create(GraphProtoSchema, {
      name: "deblend",
      node: nodes.map((node, i) =>
        create(NodeProtoSchema, {
          ...(node.source && { name: `${node.source}/${i}` }),
          opType: node.operator,
          domain: node.domain,
          input: [...node.inputs],
          output: [...node.outputs],
          attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
        }),
      ),
      initializer: initialisers.map(tensor),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  const type = AttributeProto_AttributeType;
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: type.INT, i: BigInt(value) });
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: type.STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: type.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: type.INTS, ints: value.map(BigInt) });
}

function tensor({ name, shape, data }: Initialiser): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: elementType(data),
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) as Uint8Array<ArrayBuffer>,
  });
}

function elementType(data: Initialiser["data"]): TensorProto_DataType {
  if (data instanceof Float32Array) return TensorProto_DataType.FLOAT;
  if (data instanceof Uint16Array) return TensorProto_DataType.FLOAT16;
  return data instanceof Int32Array ? TensorProto_DataType.INT32 : TensorProto_DataType.INT64;
}

function valueInfo({ name, shape, isInteger = false, isSequence = false }: ValueDescription): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "number"
          ? { case: "dimValue", value: BigInt(size) }
          : { case: "dimParam", value: size },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: isInteger ? TensorProto_DataType.INT64 : TensorProto_DataType.FLOAT,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  const tensor = create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } });
  const sequence = create(TypeProto_SequenceSchema, { elemType: tensor });
  return create(ValueInfoProtoSchema, {
    name,
    type: isSequence ? create(TypeProtoSchema, { value: { case: "sequenceType", value: sequence } }) : tensor,
  });
}
