/**
 * How far something is: a bar where a person watches (a terminal), a line now and then where a log is kept.
 */
import { Presets, SingleBar } from "cli-progress";
import { formatDuration } from "./duration.ts";

/** Seconds between two lines of a log. */
const LINE_EVERY = 10;
/** Seconds between two looks at the bar's text. */
const BAR_EVERY = 0.1;

export interface ProgressDisplay {
  /** @param detail what else there is to say, for instance "loss 0.123" */
  update(done: number, total: number, detail?: string): void;
  /** Writes a line without disturbing the bar. */
  say(line: string): void;
  end(): void;
}

/** Writes to stderr, so that results on stdout can be piped. */
export function openProgress(label: string, stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return stream.isTTY ? barDisplay(label, stream) : lineDisplay(label, stream);
}

/** Says nothing; for `--json`. */
export const silentProgress: ProgressDisplay = {
  update: () => undefined,
  say: () => undefined,
  end: () => undefined,
};

/** How long it will take, from the pace since `update` was called first; nothing while that is not known. */
function createClock() {
  let began: { readonly time: number; readonly done: number } | undefined;
  return (done: number, total: number): string => {
    began ??= { time: performance.now(), done };
    const pace = (performance.now() - began.time) / 1000 / (done - began.done);
    return Number.isFinite(pace) && done < total ? `, ${formatDuration((total - done) * pace)} left` : "";
  };
}

function barDisplay(label: string, stream: NodeJS.WriteStream): ProgressDisplay {
  const bar = new SingleBar(
    {
      stream,
      format: `${label} [{bar}] {value}/{total}{detail}{left}`,
      barsize: 24,
      hideCursor: true,
      fps: 8,
      // Ctrl-C is handled by the command.
      gracefulExit: false,
    },
    Presets.legacy,
  );
  const left = createClock();
  let started = false;
  let drawn = Number.NEGATIVE_INFINITY;
  const stop = () => {
    if (started) bar.stop();
    started = false;
  };
  return {
    update: (done, total, detail) => {
      const payload = { detail: detail === undefined ? "" : `, ${detail}`, left: left(done, total) };
      if (!started) bar.start(total, done, payload);
      else if (done === total || performance.now() - drawn > 1000 * BAR_EVERY) bar.update(done, payload);
      else return;
      started = true;
      drawn = performance.now();
    },
    say: (line) => {
      stop();
      stream.write(`${line}\n`);
    },
    end: stop,
  };
}

function lineDisplay(label: string, stream: NodeJS.WriteStream): ProgressDisplay {
  const left = createClock();
  let written = Number.NEGATIVE_INFINITY;
  return {
    update: (done, total, detail) => {
      const remaining = left(done, total);
      if (done < total && performance.now() - written < 1000 * LINE_EVERY) return;
      written = performance.now();
      stream.write(`${label} ${done}/${total}${detail === undefined ? "" : `, ${detail}`}${remaining}\n`);
    },
    say: (line) => stream.write(`${line}\n`),
    end: () => undefined,
  };
}
