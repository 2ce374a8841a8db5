/**
 * What a model is shown for a picture on the pad, by the code of its task: the same that made the conditions it was
 * trained on.
 */
import {
  type ChannelCount,
  DeblendError,
  maskPicture,
  type Picture,
  parseTask,
  type Task,
  toChannels,
} from "../../../../src/index.ts";
import { type Pixels, pixelsOf } from "../../images/pixels.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";

export interface MakeConditionRequest {
  /** As on the command line. */
  readonly task: string;
  /** Shapes of the model's images and of its condition. */
  readonly event: readonly [channels: number, height: number, width: number];
  readonly condition: readonly [channels: number, height: number, width: number];
  /** The picture, [3, height, width]. */
  readonly bytes: Uint8Array;
  /** Inpainting: [height, width], 0 outside the hole; without it, a hole is drawn as in training. */
  readonly hole?: Uint8Array | undefined;
  /** Of such a hole. */
  readonly seed: number;
  /** Restoration: the picture is degraded already, so nothing more is done to it. */
  readonly isDegraded: boolean;
}

export interface MadeCondition {
  /** In [-1, 1]. */
  readonly condition: Float32Array;
  /** The condition as a picture, for people; without a mask's channel. */
  readonly pixels: Pixels;
  /** Inpainting: [height, width], 1 inside the hole. */
  readonly hole?: Uint8Array | undefined;
}

export const run: Operation<MakeConditionRequest, never, MadeCondition> = async (request) => {
  const made = makeCondition(request);
  return moved(made, [made.condition, made.pixels.data]);
};

/** @throws DeblendError for a condition that cannot be made from a picture */
export function makeCondition({
  bytes,
  hole,
  seed,
  isDegraded,
  ...model
}: MakeConditionRequest): MadeCondition {
  const task = parseTask(model.task);
  const [channels, height, width] = model.condition;
  const isMasked = masks(task, model.event[0], channels);
  const picture = pictureOf(bytes, task.isPaired ? channels : model.event[0], height, width);
  const condition = new Float32Array(channels * height * width);
  if (isMasked && hole !== undefined) {
    if (!hole.some((value) => value !== 0))
      throw new DeblendError("There is no hole yet: cut one where the picture is to be filled in.");
    maskPicture(picture, hole, condition);
  } else if ((task.isPaired || isDegraded) && task.asCondition) task.asCondition(picture, condition);
  else if (task.degrade) task.degrade(picture, condition, { seed, index: 0 });
  else throw new DeblendError(`This page cannot make a condition for the task ${task.spelling}.`);

  const plane = height * width;
  const shown = isMasked ? channels - 1 : channels;
  return {
    condition,
    pixels: pixelsOf({ data: condition.subarray(0, shown * plane), shape: [1, shown, height, width] }),
    hole: isMasked
      ? Uint8Array.from(condition.subarray(shown * plane), (value) => (value > 0 ? 1 : 0))
      : undefined,
  };
}

/** Whether the condition's last channel is a mask: the task is not made from the picture alone. */
export const masks = (task: Task, channels: number, conditionChannels: number): boolean =>
  task.degrade !== undefined && task.asCondition === undefined && conditionChannels === channels + 1;

/** @throws DeblendError for a number of channels that no picture has */
function pictureOf(bytes: Uint8Array, channels: number, height: number, width: number): Picture {
  if (channels !== 1 && channels !== 3) {
    throw new DeblendError(
      `The model's condition has ${channels} channels, but pictures give 1 or 3: this page cannot draw it.`,
    );
  }
  const planes = toChannels(bytes, 3, channels satisfies ChannelCount);
  return { data: Float32Array.from(planes, (byte) => byte / 127.5 - 1), shape: [channels, height, width] };
}
