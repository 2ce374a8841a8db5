/**
 * What the studio's server refuses, one by one, asked for in bytes: the server can be reached by every page that a person
 * opens, and with --host by every machine around.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StudioServer, serveStudio } from "../../src/node/index.ts";
import { parseRunConfig } from "../../src/training/index.ts";
import { ask, type RawRequest, type Reply } from "./rawHttp.ts";

const folder = mkdtempSync(join(tmpdir(), "deblend-refusals-"));
const path = (...parts: string[]) => join(folder, ...parts);
const write = (name: string, content: string) => {
  mkdirSync(path(name, ".."), { recursive: true });
  writeFileSync(path(name), content);
};
const SECRET = "nobody may read this";
const LINE = { step: 10, loss: 0.5, imagesPerSecond: 1, learningRate: 1e-3, gradientNorm: 1, seconds: 1 };

function makeRun(name: string): void {
  write(
    `${name}/config.json`,
    JSON.stringify(parseRunConfig({ data: "builtin:cats", size: 16, model: "tiny" })),
  );
  write(`${name}/metrics.jsonl`, `${JSON.stringify(LINE)}\n`);
  write(`${name}/samples/step-00000010.png`, "a grid");
}

const problems: unknown[] = [];
let server: StudioServer;
let guarded: StudioServer;
const portOf = ({ url }: StudioServer) => Number(new URL(url).port);
const get = (target: string, request: Partial<RawRequest> = {}) =>
  ask(portOf(server), { target, ...request });
const post = (target: string, body: string, headers: Record<string, string> = {}) =>
  get(target, { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } });

beforeAll(async () => {
  write("site/index.html", "<!doctype html><head><title>studio</title></head>");
  write("site/assets/runtime.wasm", "\0asm");
  write("site/assets/main.mjs", "export {};");
  write("secret.txt", SECRET);
  symlinkSync(path("secret.txt"), path("site/assets/secret.txt"));
  makeRun("runs/one");
  makeRun("elsewhere/two");
  makeRun("runs/linked");
  makeRun("runs/newer");
  write("runs/newer/config.json", '{"data":"builtin:cats","invention":1}');
  // Links that lead out: a whole run, its metrics, a grid of samples, the configuration.
  symlinkSync(path("elsewhere/two"), path("runs/outside"));
  for (const [run, file] of [
    ["metrics", "metrics.jsonl"],
    ["picture", "samples/step-00000010.png"],
    ["settings", "config.json"],
  ] as const) {
    makeRun(`runs/${run}`);
    rmSync(path("runs", run, file));
    symlinkSync(path("secret.txt"), path("runs", run, file));
  }
  // Links to what would be taken for a run's own: metrics, folders of samples and of checkpoints.
  write("elsewhere/two/checkpoints/step-00000010/state.json", "{}");
  makeRun("runs/numbers");
  rmSync(path("runs/numbers/samples"), { recursive: true });
  rmSync(path("runs/numbers/metrics.jsonl"));
  for (const name of ["metrics.jsonl", "samples", "checkpoints"]) {
    symlinkSync(path("elsewhere/two", name), path("runs/numbers", name));
  }
  // A link that stays inside is as good as the run.
  symlinkSync(path("runs/one"), path("runs/also"));
  mkdirSync(path("runs/no-run"));
  mkdirSync(path("data"));
  symlinkSync(path("elsewhere"), path("data/away"));
  const options = {
    runs: path("runs"),
    site: path("site"),
    port: 0,
    onProblem: (e: unknown) => problems.push(e),
  };
  server = await serveStudio(options);
  guarded = await serveStudio({ ...options, host: "127.0.0.1", data: path("data") });
});
afterAll(async () => {
  await server.close();
  await guarded.close();
  rmSync(folder, { recursive: true });
  expect(problems).toEqual([]);
});

function expectRefused({ status, headers, body }: Reply, expected: number, sentence?: RegExp): void {
  expect([status, body]).toEqual([expected, expect.stringMatching(sentence ?? /./)]);
  const { error } = JSON.parse(body) as { error: string };
  expect(error).toMatch(/^[A-Z/].*\.$/);
  expect(body).not.toContain(SECRET);
  expect(body).not.toMatch(/ {4}at /);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("access-control-allow-origin")).toBeUndefined();
}

describe("the page", () => {
  it("is served, isolated and with its types", async () => {
    const page = await get("/");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")?.toLowerCase()).toBe("text/html; charset=utf-8");
    expect(page.body).toContain('<meta name="deblend-served" />');
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(page.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("frame-ancestors 'none'");
    const wasm = await get("/assets/runtime.wasm");
    expect(wasm.headers.get("content-type")).toBe("application/wasm");
    expect(wasm.headers.get("cache-control")).toContain("immutable");
    expect((await get("/assets/main.mjs")).headers.get("content-type")).toContain("text/javascript");
  });

  it("is not sent again to a browser that has it", async () => {
    for (const target of ["/", "/assets/main.mjs", "/api/runs/one/samples/10.png"]) {
      const tag = (await get(target)).headers.get("etag") ?? "";
      const again = await get(target, { headers: { "If-None-Match": tag } });
      expect([again.status, again.body]).toEqual([304, ""]);
    }
  });

  it("answers HEAD without a body", async () => {
    const { status, headers, body } = await get("/assets/main.mjs", { method: "HEAD" });
    expect([status, headers.get("content-length"), body]).toEqual([200, "10", ""]);
    expect((await get("/api/events", { method: "HEAD" })).status).toBe(200);
  });

  it.each([
    ["dot segments", "/../secret.txt", 400],
    ["deep dot segments", "/assets/../../secret.txt", 400],
    ["encoded dots", "/%2e%2e/secret.txt", 400],
    ["half encoded dots", "/.%2E/secret.txt", 400],
    ["an encoded slash", "/..%2fsecret.txt", 400],
    ["an encoded slash alone", "/assets%2Fmain.mjs", 400],
    ["twice encoded dots", "/%252e%252e/secret.txt", 404],
    ["backslashes", "/..\\secret.txt", 400],
    ["encoded backslashes", "/..%5csecret.txt", 400],
    ["a null byte", "/index.html%00.png", 400],
    ["a line break", "/index.html%0d%0aX-Header:%20yes", 400],
    ["broken encoding", "/%zz", 400],
    ["overlong encoding", "/%c0%ae%c0%ae/secret.txt", 400],
    ["another server's address", "http://example.com/", 400],
    ["two slashes", "//example.com/", 400],
    ["no path", "*", 400],
    ["a link among the files", "/assets/secret.txt", 404],
    ["a folder", "/assets", 404],
    ["a folder with a slash", "/assets/", 404],
    ["what is not there", "/nothing.js", 404],
    ["an absolute path", `/${path("secret.txt")}`, 400],
    ["a path of the machine", path("secret.txt"), 404],
  ])("%s: %s", async (_, target, status) => {
    expectRefused(await get(target), status);
  });
});

describe("runs", () => {
  it("are what lies in the folder, and what links lead to inside it", async () => {
    const runs = JSON.parse((await get("/api/runs")).body) as { name: string; state: string }[];
    expect(runs.map(({ name }) => name)).toEqual([
      "also",
      "linked",
      "metrics",
      "newer",
      "numbers",
      "one",
      "picture",
    ]);
    const one = JSON.parse((await get("/api/runs/one")).body) as Record<string, unknown>;
    expect(one).toMatchObject({ name: "one", step: 10, loss: 0.5, parameters: 1_046_883, here: false });
    expect(one).toMatchObject({ samples: [10], checkpoints: [], config: { data: "builtin:cats" } });
    const picture = await get("/api/runs/one/samples/10.png");
    expect([picture.body, picture.headers.get("content-type")]).toEqual(["a grid", "image/png"]);
    expect(JSON.parse((await get("/api/runs/one/metrics")).body)).toMatchObject({ step: [10], loss: [0.5] });
    // A link in the place of the metrics is as no metrics.
    expect(JSON.parse((await get("/api/runs/metrics/metrics")).body)).toMatchObject({ step: [] });
  });

  it("show nothing of another one that links in their folder lead to", async () => {
    const expected = { state: "stopped", step: 0, seconds: 0, samples: [], checkpoints: [] };
    for (let look = 0; look < 2; look++) {
      const { body } = await get("/api/runs/numbers");
      expect(JSON.parse(body)).toMatchObject(expected);
      expect(JSON.parse(body)).not.toHaveProperty("loss");
    }
    expect(JSON.parse((await get("/api/runs/numbers/metrics")).body)).toMatchObject({ step: [] });
    expectRefused(await get("/api/runs/numbers/samples/10.png"), 404);
  });

  it("of another version are shown as far as can be, with what is wrong", async () => {
    const { body, status } = await get("/api/runs/newer");
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ step: 10, steps: 0, parameters: 0, samples: [10] });
    expect(body).toContain("the key invention is unknown");
    expect(JSON.parse((await get("/api/runs/newer/metrics")).body)).toMatchObject({ loss: [0.5] });
    expectRefused(await post("/api/runs/newer/resume", "{}"), 422, /the key invention is unknown/);
  });

  it.each([
    ["a run behind a link", "/api/runs/outside", 404],
    ["metrics of a run behind a link", "/api/runs/outside/metrics", 404],
    ["a sample behind a link", "/api/runs/picture/samples/10.png", 404],
    ["a configuration behind a link", "/api/runs/settings", 404],
    ["a folder that is no run", "/api/runs/no-run", 404],
    ["a run that is not there", "/api/runs/nothing", 404],
    ["dots for a run", "/api/runs/..", 400],
    ["encoded dots for a run", "/api/runs/%2e%2e/metrics", 400],
    ["a way out in a run's name", "/api/runs/..%2felsewhere%2ftwo", 400],
    ["a sample that is not there", "/api/runs/one/samples/11.png", 404],
    ["no step", "/api/runs/one/samples/x.png", 404],
    ["a way out of the samples", "/api/runs/one/samples/..%2f..%2fconfig.json", 400],
    ["another file of a run", "/api/runs/one/config.json", 404],
    ["a number that is none", "/api/runs/one/metrics?after=x", 400],
    ["no points", "/api/runs/one/metrics?points=0", 400],
    ["an unknown question", "/api/runs/one/metrics?from=1", 400],
    ["an unknown request", "/api/secrets", 404],
  ])("%s: %s", async (_, target, status) => {
    expectRefused(await get(target), status);
  });
});

describe("other pages", () => {
  it.each([
    ["a name of their own for this address", { host: "evil.example" }],
    ["such a name with the right port", { host: "evil.example:4242" }],
    ["a name that begins as ours", { host: "localhost.evil.example" }],
    ["another address for us", { host: "10.0.0.1" }],
    ["a name with a user", { host: "localhost@evil.example" }],
    ["two ports", { host: "localhost:1:2" }],
    ["an origin of their own", { headers: { Origin: "http://evil.example" } }],
    ["an origin without a name", { headers: { Origin: "null" } }],
    ["another port of this machine", { headers: { Origin: "http://127.0.0.1:1" } }],
    ["another protocol", { headers: { Origin: "https://127.0.0.1" } }],
    ["a request across sites", { headers: { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" } }],
    ["a request of a neighbour", { headers: { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors" } }],
    [
      "a frame",
      {
        headers: {
          "Sec-Fetch-Site": "cross-site",
          "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "iframe",
        },
      },
    ],
  ])("may not come with %s", async (_, request) => {
    for (const target of ["/", "/api/runs", "/nothing"]) expectRefused(await get(target, request), 403);
  });

  it("may link to the page, not to its requests", async () => {
    const headers = {
      "Sec-Fetch-Site": "cross-site",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    };
    expect((await get("/", { headers })).status).toBe(200);
    expectRefused(await get("/api/runs", { headers }), 403);
  });

  it("are not the page itself, under any of its names or through a tunnel", async () => {
    const port = portOf(server);
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      "localhost:9999",
      `[::1]:${port}`,
      "LocalHost",
    ]) {
      const headers = { Origin: `http://${host}`, "Sec-Fetch-Site": "same-origin" };
      expect((await get("/api/runs", { host, headers })).status).toBe(200);
    }
  });

  it("hear no from a request without a host", async () => {
    expect((await get("/", { host: "" })).status).toBe(403);
  });
});

describe("what is asked", () => {
  it.each(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])("%s is not served", async (method) => {
    for (const target of ["/", "/api/runs/one"]) {
      const reply = await get(target, { method });
      expectRefused(reply, 405);
      expect(reply.headers.get("allow")).toBe("GET, HEAD, POST");
    }
  });

  it.each([
    ["GET", "/api/runs/one/stop", "POST"],
    ["GET", "/api/runs/one/resume", "POST"],
    ["POST", "/api/runs/one", "GET, HEAD"],
    ["POST", "/api/runs/one/metrics", "GET, HEAD"],
    ["POST", "/api/events", "GET, HEAD"],
    ["POST", "/api/schema", "GET, HEAD"],
    ["POST", "/index.html", "GET, HEAD"],
  ])("%s %s is not", async (method, target, allowed) => {
    const reply = await get(target, { method, headers: { "Content-Type": "application/json" } });
    expectRefused(reply, 405);
    expect(reply.headers.get("allow")).toBe(allowed);
  });

  it("has to be JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]) {
      const reply = await post("/api/runs", "{}", { "Content-Type": type });
      expectRefused(reply, 415);
    }
    expectRefused(await post("/api/runs", "{"), 400, /no JSON/);
    expectRefused(await post("/api/runs", ""), 400, /no JSON/);
    expectRefused(await post("/api/runs", "[]"), 400);
    expectRefused(await post("/api/runs/one/stop", '{"now":true}'), 400);
  });

  it("has to be small", async () => {
    const body = JSON.stringify({ name: "x".repeat(70_000), config: {} });
    expectRefused(await post("/api/runs", body), 413, /65536 bytes/);
    const chunked = await get("/api/runs", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Transfer-Encoding": "chunked" },
      body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    });
    expectRefused(chunked, 413, /65536 bytes/);
  });

  it.each([
    ["no name", { config: {} }, 400],
    ["a way out for a name", { name: "../new", config: {} }, 400],
    ["a hidden name", { name: ".new", config: {} }, 400],
    ["a name with a null byte", { name: "new\0", config: {} }, 400],
    ["an absolute name", { name: "/new", config: {} }, 400],
    ["a name in use", { name: "one", config: { data: "builtin:cats" } }, 409],
    ["the name of a link", { name: "outside", config: { data: "builtin:cats" } }, 409],
    ["an unknown key", { name: "new", config: { data: "builtin:cats", stepz: 1 } }, 422],
    ["no data", { name: "new", config: {} }, 422],
    ["half a step", { name: "new", config: { data: "builtin:cats", steps: 1.5 } }, 422],
    ["a key too many", { name: "new", config: {}, force: true }, 400],
  ])("may not start %s", async (_, body, status) => {
    expectRefused(await post("/api/runs", JSON.stringify(body)), status);
    expectRefused(await get("/api/runs/new"), 404);
  });

  it("names the key that is wrong", async () => {
    const { body } = await post("/api/runs", '{"name":"new","config":{"data":"builtin:cats","batch":0}}');
    expect(JSON.parse(body)).toMatchObject({ key: "batch", error: expect.stringContaining("batch: ") });
  });

  it("may not stop or resume what is not here", async () => {
    expectRefused(await post("/api/runs/one/stop", "{}"), 409, /not trained by this server/);
    expectRefused(await post("/api/runs/nothing/stop", "{}"), 404);
    expectRefused(await post("/api/runs/nothing/resume", "{}"), 404);
    expectRefused(await post("/api/runs/outside/resume", "{}"), 404);
    expectRefused(
      await post("/api/runs/one/resume", '{"changes":{"batch":7}}'),
      422,
      /the run has 32, not 7/,
    );
  });
});

describe("with --host", () => {
  const token = () => new URL(guarded.url).searchParams.get("token") ?? "";
  const askGuarded = (target: string, request: Partial<RawRequest> = {}) =>
    ask(portOf(guarded), { target, ...request });
  const authorised = (body: object) =>
    askGuarded("/api/runs", {
      method: "POST",
      headers: { Authorization: `Bearer ${token()}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });

  it("every request needs the token", async () => {
    expect(token()).toMatch(/^[\w-]{43}$/);
    for (const target of ["/", "/index.html", "/assets/main.mjs", "/api/studio", "/api/events", "/nothing"]) {
      expectRefused(await askGuarded(target), 401);
      expectRefused(await askGuarded(`${target}?token=${"x".repeat(43)}`), 401);
      expectRefused(await askGuarded(target, { headers: { Authorization: "Bearer x" } }), 401);
      expectRefused(await askGuarded(target, { headers: { Cookie: `deblend-${portOf(guarded)}=x` } }), 401);
    }
  });

  it("the address gives a cookie and loses the token, the cookie and the header open the rest", async () => {
    const first = await askGuarded(`/?token=${token()}&page=train`);
    expect([first.status, first.headers.get("location")]).toEqual([303, "/?page=train"]);
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toContain("HttpOnly; SameSite=Strict");
    const pair = cookie.split(";")[0] ?? "";
    expect((await askGuarded("/api/studio", { headers: { Cookie: `other=1; ${pair}` } })).status).toBe(200);
    const headers = { Authorization: `Bearer ${token()}` };
    expect((await askGuarded("/", { headers })).status).toBe(200);
  });

  it("the token does not help a request to do something from an address alone", async () => {
    const body = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };
    expectRefused(await askGuarded(`/api/runs?token=${token()}`, body), 401);
  });

  it("names of others are refused all the same, addresses and the machine's name are not", async () => {
    const headers = { Authorization: `Bearer ${token()}` };
    expectRefused(await askGuarded("/", { host: "evil.example", headers }), 403);
    for (const host of ["192.0.2.7:80", "[2001:db8::1]", hostname(), "localhost"]) {
      expect((await askGuarded("/", { host, headers })).status).toBe(200);
    }
  });

  it.each([
    ["a path of the machine", path("secret.txt")],
    ["a way out", "../secret.txt"],
    ["a link that leads out", "away"],
    ["what lies behind such a link", "away/two"],
  ])("training may not read %s", async (_, data) => {
    expectRefused(
      await authorised({ name: "new", config: { data } }),
      403,
      /built-in pictures and what lies below/,
    );
  });
});

describe("addresses that cannot be served", () => {
  const options = () => ({ runs: path("runs"), site: path("site"), port: 0 });
  it.each([
    ["a port in use", () => ({ port: portOf(server) }), /^The port \d+ is in use: .*--port/],
    [
      "an address of another machine",
      () => ({ host: "192.0.2.1" }),
      /does not have the address 192\.0\.2\.1/,
    ],
    ["a page that is not built", () => ({ site: path("nowhere") }), /build it first/],
    ["a run in the place of runs", () => ({ runs: path("runs/one") }), /is a run itself/],
    ["a file in the place of runs", () => ({ runs: path("secret.txt") }), /Could not use the folder of runs/],
    ["no folder of data", () => ({ data: path("nowhere") }), /Could not use the folder of data/],
  ])("%s", async (_, change, sentence) => {
    await expect(serveStudio({ ...options(), ...change() })).rejects.toThrow(sentence);
  });
});
