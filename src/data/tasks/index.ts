/**
 * Tasks by name: what a network is trained to do. A new one is one file and one line here.
 */
import { DeblendError } from "../../errors.ts";
import { classLabels } from "./classLabels.ts";
import { colorize } from "./colorize.ts";
import { deblur } from "./deblur.ts";
import { inpaint } from "./inpaint.ts";
import { paired } from "./paired.ts";
import { superres } from "./superres.ts";
import type { Task, TaskKind } from "./task.ts";
import { unconditional } from "./unconditional.ts";

export { maskPicture } from "./inpaint.ts";
export { enlargeBicubic, shrink } from "./superres.ts";
export type { DrawKey, Picture, PictureShape, Task, TaskKind } from "./task.ts";

export const taskKinds: readonly TaskKind[] = [
  ...[unconditional, paired, superres, colorize, inpaint, deblur, classLabels],
];

/** How the tasks are written, for help and messages. */
export const taskSyntax = taskKinds.map(({ syntax }) => syntax).join(", ");

/**
 * The task that a word names.
 *
 * @throws DeblendError for an unknown name or parameters that mean nothing
 */
export function parseTask(spelling: string): Task {
  const [name, ...parameters] = spelling.split(":");
  const kind = taskKinds.find((known) => known.name === name);
  if (kind === undefined) throw new DeblendError(`The task ${name} is unknown: choose ${taskSyntax}.`);
  return kind.parse(parameters);
}
