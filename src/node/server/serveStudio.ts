/**
 * The studio's server: the page on loopback, the runs of a folder, and their training. What `deblend studio` does, as a
 * library call.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { DeblendError } from "../../errors.ts";
import type { Refusal, TrainingNews } from "../../studioApi/index.ts";
import { studioApp } from "./app.ts";
import { openDataPaths } from "./dataPaths.ts";
import { type Answer, type GuardOptions, guard } from "./guard.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { controlRuns } from "./runControl.ts";
import { openRunFolders } from "./runFolders.ts";
import { watchRuns } from "./runWatch.ts";
import { openSite } from "./site.ts";

export interface StudioOptions {
  /** Folder of the runs; made if it is missing. */
  readonly runs: string;
  /** 0 for any free one. */
  readonly port: number;
  /** An address or a name of this machine to be reached at from others, with a token; loopback by default. */
  readonly host?: string | undefined;
  /** Training reads images below this folder only; see dataPaths.ts for what holds without it. */
  readonly data?: string | undefined;
  /** The built page; the one of this installation by default. */
  readonly site?: string;
  /** Told of errors that should not happen. */
  readonly onProblem?: (error: unknown) => void;
}

export interface StudioServer {
  /** Where to open the page; with the token, where there is one. */
  readonly url: string;
  /** The folder of the runs, without links. */
  readonly runs: string;
  /** How many runs this server trains right now. */
  training(): number;
  /** Stops the runs that this server trains, each with a checkpoint, then ends. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const TOKEN_BYTES = 32;

/** @throws DeblendError for a port in use, an address that is not of this machine, or folders that cannot be used */
export async function serveStudio(options: StudioOptions): Promise<StudioServer> {
  const { host, onProblem = console.error } = options;
  const site = await openSite(options.site ?? fileURLToPath(new URL("../../studio/", import.meta.url)));
  const folders = await openRunFolders(options.runs);
  const data = await openDataPaths({ below: options.data, remote: host !== undefined });
  const control = controlRuns({ onNews: (name, news) => tellNews(name, news), onProblem });
  const watch = watchRuns(folders, control.held);
  const closing = new AbortController();

  /** Metrics and samples are told from the disk, as those of every run; the rest is known only here. */
  const tellNews = async (name: string, news: TrainingNews): Promise<void> => {
    const onDisk = news.type === "progress" || news.type === "samples";
    // A run that could not begin leaves no folder.
    if (news.type !== "step" && news.type !== "decoding") await watch.look(name).catch(() => undefined);
    if (!onDisk) watch.tell({ type: "news", name, news });
  };

  const app = studioApp({
    ...{ site, folders, watch, control, data, onProblem, closing: closing.signal },
    info: { product: "deblend", version: await ownVersion(), runs: folders.folder, data: data.allowed },
  });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  let guarding: GuardOptions | undefined;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const refusal = guarding && guard(request, guarding);
    if (refusal !== undefined) {
      // Whatever else the request carries is not read.
      request.resume();
      refuse(response, refusal);
    } else void answer(request, response);
  });
  const { port } = await listen(server, options.port, host ?? LOOPBACK);
  const token = host === undefined ? undefined : randomBytes(TOKEN_BYTES).toString("base64url");
  guarding = {
    names: namesOf(host),
    addresses: host !== undefined,
    token,
    // Cookies do not know ports: two studios on one machine must not share one.
    cookie: `deblend-${port}`,
  };

  return {
    url: `http://${inAddress(host ?? LOOPBACK)}:${port}/${token === undefined ? "" : `?token=${token}`}`,
    runs: folders.folder,
    training: control.training,
    close: async () => {
      await control.close();
      closing.abort();
      watch.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Every address of the machine is listened at: any of them may be meant, this one is printed. */
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

function inAddress(host: string): string {
  if (EVERYWHERE.has(host)) return hostname();
  return isIPv6(host) ? `[${host}]` : host;
}

function namesOf(host: string | undefined): ReadonlySet<string> {
  const local = ["localhost", LOOPBACK, "[::1]"];
  return new Set(
    (host === undefined ? local : [...local, inAddress(host), hostname()]).map((name) => name.toLowerCase()),
  );
}

function refuse(response: ServerResponse, { status, sentence, headers }: Answer): void {
  response.writeHead(status, {
    ...headers,
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    Connection: "close",
  });
  response.end(JSON.stringify({ error: sentence } satisfies Refusal));
}

const LISTEN_ERRORS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (_, port) =>
    `The port ${port} is in use: stop what uses it, choose another (--port), or let the system choose (--port 0).`,
  EACCES: (_, port) => `This user may not use the port ${port}: choose one above 1023 (--port).`,
  EADDRNOTAVAIL: (host) => `This machine does not have the address ${host}: choose one of its own (--host).`,
  ENOTFOUND: (host) => `The host ${host} is unknown: choose an address or a name of this machine (--host).`,
};

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (thrown: NodeJS.ErrnoException) => {
      const sentence = LISTEN_ERRORS[thrown.code ?? ""]?.(host, port);
      reject(sentence === undefined ? thrown : new DeblendError(sentence, { cause: thrown }));
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
