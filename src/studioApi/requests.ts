/**
 * What the page asks of the server, checked by schemas, and what it hears when that is refused.
 */
import { z } from "zod";

/** What the server adds to the page's head; without it the page comes from a plain file server. */
export const SERVED_MARK = '<meta name="deblend-served" />';

/** Answers `GET /api/studio`. */
export interface StudioInfo {
  readonly product: "deblend";
  readonly version: string;
  /** The folder of the runs, as a person knows it. */
  readonly runs: string;
  /** What training may read: any path of the machine, or only what lies below a folder, or only built-in pictures. */
  readonly data: "anything" | "below a folder" | "built-in";
}

/** Why a request was refused. */
export interface Refusal {
  /** One sentence. */
  readonly error: string;
  /** The key of the configuration that it is about. */
  readonly key?: string | undefined;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;

export const startRequestSchema = z.strictObject({
  /** Folder of the new run, below `--runs`. */
  name: z
    .string()
    .refine(
      (name) => NAME.test(name) && !name.endsWith(".") && !name.endsWith(" "),
      "a run's name has up to 100 letters, digits, spaces, dots, hyphens and underscores, and begins with a letter or a digit",
    ),
  /** A run's configuration (`RunConfigInput`), checked by its own schema. */
  config: z.record(z.string(), z.unknown()),
});

export const resumeRequestSchema = z.strictObject({
  /** Changes to the run's configuration, of the keys that may change; usually none. */
  changes: z.record(z.string(), z.unknown()).default({}),
});

export type StartRequest = z.input<typeof startRequestSchema>;
export type ResumeRequest = z.input<typeof resumeRequestSchema>;
