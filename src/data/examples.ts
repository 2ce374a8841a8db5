/**
 * One picture of a set as a task sees it: the target, and the condition that belongs to it.
 *
 * Pictures of a paired set hold both, target channels first, so that whatever turns or mirrors a picture does so to both.
 */
import { sizeOf } from "../batch.ts";
import type { DrawKey, PictureShape, Task } from "./tasks/index.ts";

/** The shapes that a task makes of the pictures of a set. */
export interface ExampleShapes {
  /** Of the pictures as they lie in the set. */
  readonly source: PictureShape;
  readonly target: PictureShape;
  /** Undefined where the task has no picture as its condition. */
  readonly condition: PictureShape | undefined;
}

/**
 * @param channels of the target
 * @param paired channels of the pictures beside the targets, for a paired task
 */
export function exampleShapes(
  task: Task,
  channels: number,
  paired: number,
  [height, width]: readonly [height: number, width: number],
): ExampleShapes {
  const condition = task.conditionChannels(channels, paired);
  return {
    source: [channels + (task.isPaired ? condition : 0), height, width],
    target: [channels, height, width],
    condition: condition === 0 ? undefined : [condition, height, width],
  };
}

/** Writes target and condition of a picture of the set, [source channels, height, width]. */
export function writeExample(
  task: Task,
  { target, condition }: ExampleShapes,
  source: Float32Array,
  out: { readonly target: Float32Array; readonly condition?: Float32Array | undefined },
  key: DrawKey,
): void {
  const size = sizeOf(target);
  out.target.set(source.subarray(0, size));
  if (condition === undefined || out.condition === undefined) return;
  if (task.isPaired) out.condition.set(source.subarray(size));
  else task.degrade?.({ data: source, shape: target }, out.condition, key);
}
