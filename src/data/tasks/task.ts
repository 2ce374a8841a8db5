/**
 * The contract of a task: what a network is shown besides the blended image, and how that is made from a picture.
 *
 * A task is written as one word with parameters after colons, `superres:4`; the same word stands in a run's config.json.
 * Pictures and conditions are [channels, height, width] in [-1, 1]. A condition of nothing but zeros stands for "none":
 * it is what a network is shown where the condition is dropped (`--label-dropout`).
 */
import { DeblendError } from "../../errors.ts";

export type PictureShape = readonly [channels: number, height: number, width: number];

/** One picture. */
export interface Picture {
  readonly data: Float32Array;
  readonly shape: PictureShape;
}

/** Which random draw a condition is made with: the same key gives the same condition. */
export interface DrawKey {
  readonly seed: number;
  /** Of the draw in the run, or of the image when sampling. */
  readonly index: number;
}

export interface Task {
  readonly name: string;
  /** As on the command line, parameters spelt out. */
  readonly spelling: string;
  /** One line for people: what the condition is. */
  readonly description: string;
  /** Whether conditions are pictures of their own, which lie beside the targets. */
  readonly isPaired: boolean;
  /** Whether the network is shown the class of a picture. */
  readonly isLabelled: boolean;
  /**
   * Channels of the condition, 0 for none.
   *
   * @param channels of the target
   * @param paired of the pictures that lie beside the targets
   */
  conditionChannels(channels: number, paired: number): number;
  /** @throws DeblendError for a size that the task cannot be done at */
  checkSize?(size: readonly [height: number, width: number]): void;
  /** Writes the condition that is computed from a picture, [conditionChannels, height, width]; for restoration. */
  degrade?(picture: Picture, out: Float32Array, key: DrawKey): void;
  /**
   * Writes the condition for a picture that is degraded already, of the target's size or (super-resolution) smaller by
   * the factor; absent where such a picture does not say all (inpainting needs to know where the holes are).
   */
  asCondition?(picture: Picture, out: Float32Array): void;
  /** By how much the condition's content is coarser than the picture, where it is: the factor of a super-resolution. */
  readonly factor?: number;
}

/** A task with its parameters still open. */
export interface TaskKind {
  readonly name: string;
  /** For the help: `superres[:K]`. */
  readonly syntax: string;
  /** @param parameters the words after the colons; @throws DeblendError for ones that mean nothing */
  parse(parameters: readonly string[]): Task;
}

/** A kind without parameters. */
export function plainKind(task: Omit<Task, "spelling">): TaskKind {
  const { name } = task;
  return {
    name,
    syntax: name,
    parse: (parameters) => {
      if (parameters.length > 0) throw parameterError(name, name, parameters);
      return { ...task, spelling: name };
    },
  };
}

export function parameterError(name: string, expected: string, parameters: readonly string[]): DeblendError {
  return new DeblendError(
    `The task ${name} is written ${expected}, but got ${[name, ...parameters].join(":")}.`,
  );
}

/** Pixels of one channel. */
export const planeSize = ([, height, width]: PictureShape) => height * width;
