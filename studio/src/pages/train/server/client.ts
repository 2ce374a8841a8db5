/**
 * Requests to the studio's server (src/studioApi), typed; they are relative to the page, as everything it loads.
 */
import type {
  MetricColumns,
  Refusal,
  ResumeRequest,
  RunDetail,
  StartRequest,
  StudioInfo,
} from "../../../../../src/studioApi/index.ts";
import type { ConfigSchema } from "./configFields.ts";

/** Whether `deblend studio` serves the page; a plain file server does not mark it. */
export const isServed = (): boolean => document.head.querySelector('meta[name="deblend-served"]') !== null;

/** The server's own sentence on what it does not do. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** The key of the configuration that it is about; "" for none. */
  readonly key: string;
  constructor({ error, key = "" }: Refusal) {
    super(error);
    this.key = key;
  }
}

const GONE = "The server does not answer: is deblend studio still running?";

async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`./api/${path}`, init).catch(() => {
    throw new RefusedError({ error: GONE });
  });
  const value: unknown = await response.json().catch(() => ({ error: GONE }));
  if (!response.ok) throw new RefusedError(value as Refusal);
  return value as T;
}

const post = <T>(path: string, body: object): Promise<T> =>
  request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

const runPath = (name: string) => `runs/${encodeURIComponent(name)}`;

export const fetchInfo = (): Promise<StudioInfo> => request("studio");
export const fetchSchema = (): Promise<ConfigSchema> => request("schema");
export const fetchRun = (name: string): Promise<RunDetail> => request(runPath(name));
export const fetchMetrics = (name: string, points: number): Promise<MetricColumns> =>
  request(`${runPath(name)}/metrics?points=${points}`);
export const startRun = (start: StartRequest): Promise<RunDetail> => post("runs", start);
export const stopRun = (name: string): Promise<RunDetail> => post(`${runPath(name)}/stop`, {});
export const resumeRun = (name: string, resume: ResumeRequest = {}): Promise<RunDetail> =>
  post(`${runPath(name)}/resume`, resume);
export const samplesUrl = (name: string, step: number): string =>
  `./api/${runPath(name)}/samples/${step}.png`;
export const EVENTS_URL = "./api/events";
