/**
 * Progress in a log: a line now and then, and always the last one.
 */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openProgress } from "./progress.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => vi.useRealTimers());

it("writes a line now and then to a log, with the time left, and always the last", () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (line: string) => lines.push(line) > 0 };
  const progress = openProgress("working", stream as unknown as NodeJS.WriteStream);
  for (let done = 0; done <= 30; done++) {
    progress.update(done, 30, `detail ${done}`);
    vi.advanceTimersByTime(1000);
  }
  progress.say("Done.");
  progress.end();
  expect(lines).toEqual([
    "working 0/30, detail 0\n",
    "working 10/30, detail 10, 20 s left\n",
    "working 20/30, detail 20, 10 s left\n",
    "working 30/30, detail 30\n",
    "Done.\n",
  ]);
});
