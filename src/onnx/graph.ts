/**
 * An ONNX graph under construction: nodes and initialisers with fresh names, equal ones made once.
 *
 * Equal nodes (operator, inputs, attributes) are the same value, so common subexpressions cost nothing: gradients may
 * write the same statistics again that the forward pass computed.
 */
import { at, type Shape } from "../tensor/tensor.ts";

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** Attributes of a node: integers, lists of integers, strings, and floats marked as such. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface GraphNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** The operation that it comes from, for profiles and messages. */
  readonly source?: string;
}

/** float16 numbers, as their bits. */
export type HalfData = Uint16Array<ArrayBuffer>;

export type InitialiserData = Float32Array | BigInt64Array | Int32Array | HalfData;

export interface Initialiser {
  readonly name: string;
  readonly shape: Shape;
  readonly data: InitialiserData;
}

/** Content of initialisers up to this many numbers is compared; larger ones are shared by identity. */
const COMPARED_SIZE = 4096;

export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly initialisers: Initialiser[] = [];
  readonly #values = new Map<string, readonly string[]>();
  readonly #constants = new Map<string, string>();
  readonly #identities = new Map<InitialiserData, string>();
  #isAnew = false;
  /** The operation that is being lowered: what new nodes come from. */
  source = "";

  /** Adds a node with one output (or finds the equal one) and returns the output's name. An absent optional input is "". */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}, domain = ""): string {
    const key = JSON.stringify([operator, domain, inputs, attributes, this.#isAnew]);
    const known = this.#values.get(key);
    if (known !== undefined) return at(known, 0);
    const outputs = [`v${this.nodes.length}`];
    this.nodes.push({ operator, domain, inputs, outputs, attributes, source: this.source });
    this.#values.set(key, outputs);
    return at(outputs, 0);
  }

  /**
   * Adds nodes that are there already a second time: what they compute is then computed twice, where keeping it from the
   * first use to the second would cost more. All second times share their nodes.
   */
  anew<T>(build: () => T): T {
    const before = this.#isAnew;
    this.#isAnew = true;
    try {
      return build();
    } finally {
      this.#isAnew = before;
    }
  }

  /** A float32 constant. */
  floats(data: Float32Array, shape: Shape): string {
    return this.#constant("f", data, shape);
  }

  /** A float32 constant of shape []. */
  float(value: number): string {
    return this.floats(Float32Array.of(value), []);
  }

  /** A 1-D int64 constant: what shapes, axes and widths are given as. */
  integers(values: readonly number[]): string {
    return this.#constant("i", BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** An int32 constant: what gathers are indexed by. */
  indices(data: Int32Array, shape: Shape): string {
    return this.#constant("n", data, shape);
  }

  #constant(kind: string, data: InitialiserData, shape: Shape): string {
    const small = data.length <= COMPARED_SIZE;
    const key = small ? `${kind}${shape.join()}:${data.join()}` : "";
    const known = small ? this.#constants.get(key) : this.#identities.get(data);
    if (known !== undefined) return known;
    const name = `c${this.initialisers.length}`;
    this.initialisers.push({ name, shape, data });
    if (small) this.#constants.set(key, name);
    else this.#identities.set(data, name);
    return name;
  }
}
