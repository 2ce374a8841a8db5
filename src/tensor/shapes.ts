/**
 * Broadcasting and strides: the arithmetic of shapes that the operations share (numpy's rules).
 */
import { sizeOf } from "../batch.ts";
import { at, type Shape, shapeError, type Values } from "./tensor.ts";

/** The shape that two operands broadcast to, aligned at their last axes. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw shapeError(op, "shapes that broadcast (equal sizes, or 1, counted from the last axis)", a, b);
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  }
  return strides;
}

/** Calls `visit(index, coordinates)` for every element of a shape in row-major order; the array is reused. */
export function forEachIndex(shape: Shape, visit: (index: number, coordinates: number[]) => void): void {
  const coordinates = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let index = 0; index < size; index++) {
    visit(index, coordinates);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = at(coordinates, axis) + 1;
      if (next < at(shape, axis)) {
        coordinates[axis] = next;
        break;
      }
      coordinates[axis] = 0;
    }
  }
}

/** Reads `values` as if broadcast to a larger shape: the element at coordinates of that shape. */
export function broadcastReader({ shape, data }: Values, target: Shape): (coordinates: number[]) => number {
  const offset = target.length - shape.length;
  const strides = stridesOf(shape).map((stride, axis) => (at(shape, axis) === 1 ? 0 : stride));
  return (coordinates) => {
    let index = 0;
    for (let axis = 0; axis < strides.length; axis++) {
      index += at(strides, axis) * at(coordinates, axis + offset);
    }
    return at(data, index);
  };
}
