/**
 * `deblend studio`: runs started, watched, stopped and resumed over HTTP; an end that leaves nothing behind.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetail, RunSummary, StudioMessage } from "../../src/studioApi/index.ts";
import { openWorkplace, QUICK, type Running, whenSaid } from "./command.ts";

const place = openWorkplace();
const opened: Running[] = [];
afterAll(() => {
  // A test that fails does not leave its server behind.
  for (const { child } of opened) child.kill("SIGKILL");
  place.close();
});

/** The smallest run of this network; long enough to be stopped. */
const model = JSON.parse(readFileSync(place.path("net.json"), "utf8")) as object;
const CONFIG = {
  ...{ data: "builtin:cats", model, size: 8, batch: 2, threads: 1, steps: 100_000, warmup: 5 },
  ...{ logEvery: 5, sampleEvery: 0, checkpointEvery: 0 },
};

interface Studio extends Running {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
  /** Messages from now on, until `isLast` says so. */
  listen(isLast: (message: StudioMessage) => boolean): Promise<StudioMessage[]>;
  /** The same, once the first message is there: what happens after it cannot be missed. */
  hear(isLast: (message: StudioMessage) => boolean): Promise<{ readonly messages: Promise<StudioMessage[]> }>;
}

async function openStudio(...words: string[]): Promise<Studio> {
  const running = place.start("studio", "--no-open", "--port", "0", ...words);
  opened.push(running);
  let said = "";
  running.child.stdout?.on("data", (chunk: Buffer) => {
    said += String(chunk);
  });
  await whenSaid(running, "stdout", /\n/);
  const url = new URL(said.trim());
  const headers = { Authorization: `Bearer ${url.searchParams.get("token")}` };
  const at = (path: string) => new URL(`/api/${path}`, url);
  const read = async <T>(response: Response): Promise<T> => {
    const value = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${response.status}: ${value.error}`);
    return value;
  };
  const studio: Studio = {
    ...running,
    url: url.href,
    get: async <T>(path: string) => read<T>(await fetch(at(path), { headers })),
    post: async <T>(path: string, body: object) =>
      read<T>(
        await fetch(at(path), {
          method: "POST",
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify(body),
        }),
      ),
    listen: async (isLast) => {
      const stop = new AbortController();
      const response = await fetch(at("events"), { headers, signal: stop.signal });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      const messages: StudioMessage[] = [];
      const decoder = new TextDecoder();
      let text = "";
      try {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
          text += decoder.decode(chunk, { stream: true });
          const events = text.split("\n\n");
          text = events.pop() ?? "";
          for (const event of events) {
            if (!event.startsWith("data: ")) continue;
            const message = JSON.parse(event.slice("data: ".length)) as StudioMessage;
            messages.push(message);
            if (isLast(message)) return messages;
          }
        }
        throw new Error(`The stream ended early: ${JSON.stringify(messages.slice(-3))}`);
      } finally {
        stop.abort();
      }
    },
    hear: async (isLast) => {
      let begin = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const messages = studio.listen((message) => {
        begin();
        return isLast(message);
      });
      await Promise.race([begun, messages]);
      return { messages };
    },
  };
  return studio;
}

const interrupt = async ({ child, ended }: Running) => {
  child.kill("SIGINT");
  return ended;
};

describe("a run over HTTP", () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio("--runs", "runs");
  });
  afterAll(async () => {
    const { code, stderr } = await interrupt(studio);
    expect([code, stderr]).toEqual([130, expect.not.stringContaining("    at ")]);
  });
  const state = async (name: string) => (await studio.get<RunDetail>(`runs/${name}`)).state;

  it("starts, and tells its steps and metrics; the first message is all runs", async () => {
    expect(await studio.get<RunSummary[]>("runs")).toEqual([]);
    const heard = await studio.hear(
      (message) => message.type === "news" && message.news.type === "progress" && message.news.step >= 10,
    );
    const started = await studio.post<RunDetail>("runs", { name: "a run", config: CONFIG });
    expect(started).toMatchObject({ name: "a run", state: "running", here: true, steps: 100_000 });
    expect(started.config).toMatchObject({ data: "builtin:cats", learningRate: 1e-3 });
    const messages = await heard.messages;
    expect(messages[0]).toEqual({ type: "runs", runs: [] });
    const news = messages.flatMap((message) => (message.type === "news" ? [message.news] : []));
    expect(news.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["data", "started", "step", "progress"]),
    );
    expect(
      messages.some(
        (message) => message.type === "run" && message.run.here && message.run.state === "running",
      ),
    ).toBe(true);
    expect(JSON.stringify(messages)).not.toContain(place.folder);
  });

  it("is not trained twice, by this server or by another process", async () => {
    await expect(studio.post("runs/a%20run/resume", {})).rejects.toThrow(
      "409: The run a run is being trained",
    );
    const { code, stderr } = await place.run("train", "--out", "runs/a run", "--resume");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/is being trained by process \d+ .*stop it there/),
    ]);
  });

  it("stops with a checkpoint, and says so", async () => {
    const hears = studio.listen(
      (message) => message.type === "news" && message.news.type === "stopped" && message.name === "a run",
    );
    const asked = await studio.post<RunDetail>("runs/a%20run/stop", {});
    expect(asked).toMatchObject({ here: true, stopping: true });
    await hears;
    const stopped = await studio.get<RunDetail>("runs/a%20run");
    expect(stopped).toMatchObject({ state: "stopped", here: false, stopping: false });
    expect(stopped.checkpoints).toEqual([stopped.step]);
    const metrics = await studio.get<{ step: number[] }>("runs/a%20run/metrics");
    expect(metrics.step.at(-1)).toBe(stopped.step);
    const after = await studio.get<{ step: number[] }>(`runs/a%20run/metrics?after=${stopped.step - 1}`);
    expect(after.step).toEqual([stopped.step]);
    expect((await studio.get<{ step: number[] }>("runs/a%20run/metrics?points=2")).step).toHaveLength(2);
  });

  it("resumes with another end, and finishes", async () => {
    const { step } = await studio.get<RunDetail>("runs/a%20run");
    const hears = studio.listen((message) => message.type === "news" && message.news.type === "finished");
    const changes = { steps: step + 20, sampleEvery: 20, sampleCount: 4, sampleSteps: 2 };
    expect(await studio.post<RunDetail>("runs/a%20run/resume", { changes })).toMatchObject({
      state: "running",
    });
    const messages = await hears;
    const started = messages.find(({ type, ...rest }) => JSON.stringify(rest).includes('"type":"started"'));
    expect(started).toMatchObject({ news: { step } });
    const finished = await studio.get<RunDetail>("runs/a%20run");
    expect(finished).toMatchObject({
      state: "finished",
      step: step + 20,
      samples: expect.arrayContaining([step + 20]),
    });
    expect(messages).toContainEqual({
      type: "news",
      name: "a run",
      news: { type: "samples", step: step + 20 },
    });
    const picture = await fetch(new URL(`/api/runs/a%20run/samples/${step + 20}.png`, studio.url));
    const bytes = new Uint8Array(await picture.arrayBuffer());
    expect([...bytes.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
  });

  it("that cannot begin is refused in a sentence and leaves nothing", async () => {
    for (const [data, sentence] of [
      ["builtin:dogs", /^422: The built-in set dogs is unknown/],
      ["nowhere", /^422: .*nowhere.*no such file/],
    ] as const) {
      const started = studio.post("runs", { name: "new", config: { ...CONFIG, data } });
      await expect(started).rejects.toThrow(sentence);
      expect(existsSync(place.path("runs/new"))).toBe(false);
    }
  });

  it("that leaves all bounds is told as failed, with the reason", async () => {
    const hears = studio.listen((message) => message.type === "news" && message.news.type === "failed");
    const wild = { ...CONFIG, learningRate: 1e12, warmup: 10_000, clip: 0, checkpointEvery: 1 };
    await studio.post("runs", { name: "wild", config: wild });
    expect((await hears).at(-1)).toMatchObject({
      news: {
        reason: expect.stringMatching(/^Training stopped at step \d+ because .*lower the learning rate/),
      },
    });
    expect(await studio.get("runs/wild")).toMatchObject({
      state: "failed",
      failure: expect.stringContaining("stopped"),
    });
  });

  it("of another process is shown as it goes", async () => {
    const heard = await studio.hear(
      (message) => message.type === "news" && message.name === "theirs" && message.news.type === "progress",
    );
    const running = place.start("train", ...QUICK, "--steps", "100000", "--out", "runs/theirs");
    const early = running.ended.then(({ stderr }) => {
      throw new Error(`The training ended early: ${stderr}`);
    });
    await Promise.race([heard.messages, early]);
    early.catch(() => undefined);
    expect(await studio.get("runs/theirs")).toMatchObject({ state: "running", here: false });
    await expect(studio.post("runs/theirs/stop", {})).rejects.toThrow(
      "409: The run theirs is not trained by this",
    );
    await expect(studio.post("runs/theirs/resume", {})).rejects.toThrow(/^422: .*stop it there first/);
    const hearsEnd = studio.listen(
      (message) => message.type === "run" && message.run.name === "theirs" && message.run.state === "stopped",
    );
    await interrupt(running);
    await hearsEnd;
    expect(await state("theirs")).toBe("stopped");
  });

  it("that is removed is gone", async () => {
    const heard = await studio.hear((message) => message.type === "gone");
    rmSync(place.path("runs/wild"), { recursive: true });
    expect((await heard.messages).at(-1)).toEqual({ type: "gone", name: "wild" });
  });

  it("has company of three at most", async () => {
    const names = ["1", "2", "3", "4"];
    for (const name of names) await studio.post("runs", { name, config: CONFIG });
    await expect(studio.post("runs", { name: "5", config: CONFIG })).rejects.toThrow(
      "409: 4 runs are being trained",
    );
    const hears = studio.listen(
      ({ type, ...rest }) => type === "run" && JSON.stringify(rest).includes('"stopped"'),
    );
    for (const name of names) await studio.post(`runs/${name}/stop`, {});
    await hears;
  });
});

/** Starts runs, and waits until every one has made a few steps. */
async function startAll(studio: Studio, names: readonly string[], change: object = {}): Promise<void> {
  for (const name of names) {
    await studio.post("runs", { name, config: { ...CONFIG, ...change } });
    await studio.listen(
      (message) => message.type === "news" && message.name === name && message.news.type === "progress",
    );
  }
}

/** The processes that a process has started, where the system tells. */
function childrenOf(pid: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const after = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1) ?? "";
        return after.split(" ")[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!existsSync("/proc"))("the process of a run", () => {
  it("is gone when its run has ended", async () => {
    const studio = await openStudio("--runs", "alone");
    await startAll(studio, ["short"], { steps: 30 });
    const hears = studio.listen((message) => message.type === "news" && message.news.type === "finished");
    expect((await studio.get<RunDetail>("runs/short")).state === "finished" || (await hears)).toBeTruthy();
    expect(childrenOf(studio.child.pid)).toEqual([]);
    expect((await interrupt(studio)).code).toBe(130);
  });

  it("that is killed is told as a failure, and the run can be resumed", async () => {
    const studio = await openStudio("--runs", "killed");
    await startAll(studio, ["one"], { checkpointEvery: 5 });
    const hears = studio.listen((message) => message.type === "news" && message.news.type === "failed");
    for (const pid of childrenOf(studio.child.pid)) process.kill(pid, "SIGKILL");
    expect((await hears).at(-1)).toMatchObject({
      news: { reason: expect.stringMatching(/^The process that trained the run ended by SIGKILL, .*resume/) },
    });
    expect(await studio.post("runs/one/resume", {})).toMatchObject({ state: "running", here: true });
    expect((await interrupt(studio)).code).toBe(130);
  });

  it.each([
    ["Ctrl-C twice", ["SIGINT", "SIGINT"], "SIGINT"],
    ["a server that is killed", ["SIGKILL"], "SIGKILL"],
  ] as const)("does not outlive %s", async (_, signals, by) => {
    const runs = `outlived-${by}`;
    const studio = await openStudio("--runs", runs);
    await startAll(studio, ["one"], { steps: 1_000_000 });
    const children = childrenOf(studio.child.pid);
    expect(children).toHaveLength(1);
    for (const signal of signals) {
      studio.child.kill(signal);
      await setTimeout(20);
    }
    await studio.ended;
    for (let i = 0; i < 100 && children.some(isAlive); i++) await setTimeout(50);
    expect(children.filter(isAlive)).toEqual([]);
    // Nobody holds the run any more.
    const { code, stderr } = await place.run("train", "--out", `${runs}/one`, "--resume", "--steps", "1");
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("is being trained")]);
  });
});

it("Ctrl-C saves the runs and leaves no process and no claim", async () => {
  const studio = await openStudio("--runs", "ended");
  await startAll(studio, ["one", "two"]);
  // A stream that is open does not keep the server.
  const open = studio.listen(() => false).catch(() => "ended");
  const children = existsSync("/proc") ? childrenOf(studio.child.pid) : [];
  if (existsSync("/proc")) expect(children).toHaveLength(2);
  // A terminal sends Ctrl-C to all of them.
  for (const pid of children) process.kill(pid, "SIGINT");
  const { code, stderr } = await interrupt(studio);
  expect([code, stderr]).toEqual([130, expect.stringContaining("Stopping 2 runs and saving")]);
  expect(await open).toBe("ended");
  expect(children.filter(isAlive)).toEqual([]);
  for (const run of ["one", "two"]) {
    expect(readdirSync(place.path("ended", run, "checkpoints"))).toHaveLength(1);
    expect(readdirSync(place.path("ended", run))).not.toContain(".training.json");
    const { code: resumed } = await place.run(
      "sample",
      "--model",
      `ended/${run}`,
      ...["--count", "1", "--steps", "1", "--out", "x.png"],
    );
    expect(resumed).toBe(0);
  }
});

it("with --host, training reads below --data only", async () => {
  mkdirSync(place.path("pictures"));
  const studio = await openStudio("--runs", "guarded", "--host", "127.0.0.1", "--data", "pictures");
  expect(await studio.get("studio")).toMatchObject({ data: "below a folder" });
  const start = (data: string) => studio.post("runs", { name: "new", config: { ...CONFIG, data } });
  await expect(start("..")).rejects.toThrow(/^403: Training here reads/);
  await expect(start("nothing")).rejects.toThrow(/^422: .*no such file/);
  mkdirSync(place.path("pictures", "set"));
  symlinkSync(place.path("elsewhere"), place.path("pictures", "set", "more"));
  mkdirSync(place.path("elsewhere"));
  const linked = start("set");
  await expect(linked).rejects.toThrow(/^422: more is reached through a link that leads out of the folder/);
  expect(existsSync(place.path("guarded", "new"))).toBe(false);
  const { stderr } = await interrupt(studio);
  expect(stderr).toContain("not encrypted");
});

describe("wrong usage", () => {
  it("a port in use is one sentence", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const port = String((other.address() as { port: number }).port);
    const { code, stderr, stdout } = await place.run("studio", "--no-open", "--port", port);
    other.close();
    expect(stderr).toMatch(/^deblend: The port \d+ is in use: .*\.\n$/);
    expect([code, stdout]).toEqual([1, ""]);
  });

  it.each([
    ["a port that is none", ["--port", "70000"], 2, "Expected a port from 0 to 65535"],
    ["an address of another machine", ["--host", "192.0.2.1"], 1, "does not have the address"],
    ["a run in the place of runs", ["--runs", "runs/a run"], 1, "is a run itself"],
    ["a file in the place of runs", ["--runs", "net.json"], 1, "net.json"],
    ["no folder of data", ["--data", "nowhere"], 1, "nowhere"],
  ])("%s", async (_, words, expected, sentence) => {
    const { code, stderr } = await place.run("studio", "--no-open", "--port", "0", ...words);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(expected);
  });
});
