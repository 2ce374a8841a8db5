/**
 * Follows metrics.jsonl while some process, this one or another, writes to it.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type MetricLine, parseMetrics } from "./metrics.ts";

/** What is new since the last look. */
export interface Growth {
  readonly lines: readonly MetricLine[];
  /** Whether the file was cut off meanwhile: a run went back to a checkpoint, and what was read before may not hold. */
  readonly rewound: boolean;
}

export interface MetricsTail {
  /** The newest whole line. */
  readonly last: MetricLine | undefined;
  look(): Promise<Growth>;
}

/** Bytes at the end of a file that are sure to hold its last line, which has about 200. */
const END = 4096;

/** A tail that stands at the end of the file, which need not be there yet. */
export async function openMetricsTail(path: string): Promise<MetricsTail> {
  /** How far the file was read, always to the end of a line. */
  let position = 0;
  /** The line that ended there: if it no longer does, the file was cut off. */
  let lastText = "";
  let last: MetricLine | undefined;

  const advance = (text: string): MetricLine[] => {
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole === "") return [];
    position += whole.length;
    lastText = whole.slice(whole.lastIndexOf("\n", whole.length - 2) + 1);
    const lines = parseMetrics(whole);
    last = lines.at(-1) ?? last;
    return lines;
  };

  /** Stands at the end of the file, whatever was before. */
  const toTheEnd = async (file: FileHandle, size: number): Promise<void> => {
    position = Math.max(0, size - END);
    lastText = "";
    last = undefined;
    const text = await readText(file, position, size);
    // The first line may be the second half of one.
    const start = position === 0 ? 0 : text.indexOf("\n") + 1;
    position += start;
    advance(text.slice(start));
  };

  await withFile(path, toTheEnd);
  return {
    get last() {
      return last;
    },
    look: async () => {
      const growth = await withFile(path, async (file, size): Promise<Growth> => {
        const before = position - lastText.length;
        if (size >= position && (await readText(file, before, position)) === lastText) {
          return {
            lines: size > position ? advance(await readText(file, position, size)) : [],
            rewound: false,
          };
        }
        await toTheEnd(file, size);
        return { lines: [], rewound: true };
      });
      return growth ?? { lines: [], rewound: false };
    },
  };
}

/** A link could lead anywhere, and a pipe would never open. */
const PLAIN = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reads from a file; undefined where there is none, or a link or anything else in its place. */
async function withFile<T>(
  path: string,
  read: (file: FileHandle, size: number) => Promise<T>,
): Promise<T | undefined> {
  const file = await open(path, PLAIN).catch(() => undefined);
  try {
    const stats = await file?.stat();
    return file && stats?.isFile() ? await read(file, stats.size) : undefined;
  } finally {
    await file?.close();
  }
}

/** The metrics are written in ASCII: a character is a byte. */
async function readText(file: FileHandle, from: number, to: number): Promise<string> {
  const buffer = Buffer.alloc(to - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  return buffer.toString("latin1", 0, bytesRead);
}
