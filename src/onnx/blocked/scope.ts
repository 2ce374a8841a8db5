/**
 * The values of a graph in the blocked layout: each tensor in one or more forms, made from one another where asked for.
 *
 * - plain: row-major.
 * - blocked: an image [n,c,h,w] whose c is a multiple of B, in memory [n, c/B, h, w, B]. As far as ONNX is concerned its
 *   shape stays [n,c,h,w]; operators that treat all numbers alike, or copy whole channels blocks, need not know.
 * - kernel: weights, or anything elementwise of them, in the order of `kernelOrder.ts`, flat or as [o,i,kh,kw].
 */
import { sizeOf } from "../../batch.ts";
import { constantOp } from "../../tensor/leaves.ts";
import { at, type Shape, type Tensor } from "../../tensor/tensor.ts";
import type { Attributes, GraphBuilder } from "../graph.ts";
import type { Expression } from "../kernel.ts";
import {
  blockedOrder,
  inverseOrder,
  type KernelShape,
  kernelStorage,
  pick,
  stemOrder,
} from "./kernelOrder.ts";

export const NCHWC = "com.microsoft.nchwc";

/** A blocked image. */
export interface BlockedValue {
  readonly form: "blocked";
  readonly name: string;
  /** The same value plus another blocked image, for no more than the value alone costs. */
  readonly plus?: (other: string) => string;
  /** The same value computed a second time, for a few cheap passes over what is kept anyway. */
  readonly again?: () => string;
}

export interface PlainValue {
  readonly form: "plain";
  readonly name: string;
}

export interface KernelValue {
  readonly form: "kernel";
  readonly name: string;
  readonly kernel: KernelShape;
}

export type Value = PlainValue | BlockedValue | KernelValue;

interface Forms {
  plain?: PlainValue;
  blocked?: BlockedValue;
  kernel?: KernelValue;
}

export class BlockedScope {
  readonly block: number;
  readonly graph: GraphBuilder;
  readonly #expression: Expression;
  readonly #forms = new Map<Tensor, Forms>();
  readonly #tables = new Map<string, Int32Array>();

  constructor(block: number, graph: GraphBuilder, expression: Expression) {
    this.block = block;
    this.graph = graph;
    this.#expression = expression;
  }

  set(node: Tensor, value: Value): void {
    this.#forms.set(node, { [value.form]: value });
  }

  alias(node: Tensor, other: Tensor): void {
    this.#forms.set(node, this.#of(other));
  }

  /** Whether the tensor has that form without conversion. */
  is(node: Tensor, form: Value["form"]): boolean {
    return this.#of(node)[form] !== undefined;
  }

  /** Whether the tensor is an image of whole blocks of channels. */
  fits(node: Tensor): boolean {
    return node.shape.length === 4 && at(node.shape, 1) % this.block === 0 && sizeOf(node.shape) > 0;
  }

  /** Whether one operation alone takes the tensor. */
  usedOnce(node: Tensor): boolean {
    return this.#expression.uses(node) === 1;
  }

  /** The name of the tensor in row-major order. */
  plain(node: Tensor): string {
    const forms = this.#of(node);
    forms.plain ??= { form: "plain", name: this.#toPlain(node, forms) };
    return forms.plain.name;
  }

  #toPlain({ shape }: Tensor, { blocked, kernel }: Forms): string {
    if (blocked !== undefined) return this.reorderOutput(blocked.name, at(shape, 1));
    if (kernel === undefined) throw new Error("A value has no form.");
    const key = `inverse ${kernel.kernel}`;
    const inverse = this.table(key, () => inverseOrder(blockedOrder(kernel.kernel, this.block)));
    return this.reshape(this.gather(this.reshape(kernel.name, [inverse.length]), inverse), shape);
  }

  /** The blocked form of an image that fits. */
  blocked(node: Tensor): BlockedValue {
    const forms = this.#of(node);
    forms.blocked ??= {
      form: "blocked",
      name: this.graph.node("ReorderInput", [this.plain(node)], {}, NCHWC),
    };
    return forms.blocked;
  }

  /**
   * The blocked image for a gradient, long after its first use: computed again where that is cheap, because what is kept
   * from the way forward to the way back is most of a training step's memory.
   */
  later(node: Tensor): string {
    const { name, again } = this.blocked(node);
    return again?.() ?? name;
  }

  /** The kernel that a tensor holds, where it has that form. */
  kernelOf(node: Tensor): KernelShape | undefined {
    return this.#of(node).kernel?.kernel;
  }

  /** A tensor of weights (or elementwise of weights) in blocked order, with its own shape. */
  kernel(node: Tensor, kernel: KernelShape): string {
    const forms = this.#of(node);
    forms.kernel ??= { form: "kernel", kernel, name: this.#toKernel(node, kernel) };
    return forms.kernel.name;
  }

  #toKernel(node: Tensor, kernel: KernelShape): string {
    if (node.op === constantOp) {
      const { data } = node.attributes as { data: Float32Array };
      const stored = new Float32Array(data.length);
      kernelStorage(kernel, this.block).toStored(data, stored);
      return this.graph.floats(stored, node.shape);
    }
    const order = this.table(`blocked ${kernel}`, () => blockedOrder(kernel, this.block));
    return this.ordered(node, order, node.shape);
  }

  /** A stem's weights [o,i,kh,kw], i < B, for whole blocks of outputs. */
  stem(node: Tensor, [o, i, kh, kw]: KernelShape, positions?: { key: string; of: Int32Array }): string {
    const { block } = this;
    const order = this.table(`stem ${[o, i, kh, kw]} ${positions?.key ?? ""}`, () => {
      const plain = stemOrder([o, i, kh, kw], block);
      return positions ? plain.map((at) => (at < 0 ? -1 : (positions.of[at] ?? -1))) : plain;
    });
    return this.ordered(node, order, [Math.ceil(o / block) * block, i, kh, kw]);
  }

  /** A tensor's numbers picked by row-major position, -1 for 0. Constants are picked at once. */
  ordered(node: Tensor, order: Int32Array, shape: Shape): string {
    if (node.op === constantOp) {
      const { data } = node.attributes as { data: Float32Array };
      return this.graph.floats(pick(data, order), shape);
    }
    const size = sizeOf(node.shape);
    let flat = this.reshape(this.plain(node), [size]);
    let table = order;
    if (order.includes(-1)) {
      flat = this.graph.node("Concat", [flat, this.graph.floats(new Float32Array(1), [1])], { axis: 0 });
      table = order.map((position) => (position < 0 ? size : position));
    }
    return this.reshape(this.gather(flat, table), shape);
  }

  /** Picks from axis 0. */
  gather(name: string, positions: Int32Array): string {
    return this.graph.node("Gather", [name, this.graph.indices(positions, [positions.length])], { axis: 0 });
  }

  /** The same numbers seen in another shape. */
  reshape(name: string, shape: Shape): string {
    return this.graph.node("Reshape", [name, this.graph.integers(shape)]);
  }

  /** A blocked image, or part of its channels, in row-major order. */
  reorderOutput(name: string, channels: number): string {
    return this.graph.node("ReorderOutput", [name], { channels }, NCHWC);
  }

  nchwc(operator: string, inputs: readonly string[], attributes: Attributes): string {
    return this.graph.node(operator, inputs, attributes, NCHWC);
  }

  /** A table made once for a key, so that equal ones are one constant of the graph. */
  table(key: string, make: () => Int32Array): Int32Array {
    const known = this.#tables.get(key) ?? make();
    this.#tables.set(key, known);
    return known;
  }

  #of(node: Tensor): Forms {
    const found = this.#forms.get(node);
    if (found === undefined) throw new Error(`${node.op.name} was not lowered before its use.`);
    return found;
  }
}
