/**
 * Opens a model to generate with: the one that ships with the page, or a file. The worker keeps one model open at a time.
 */
import type { BrowserDeviceName } from "../../../../src/index.ts";
import { DeblendError } from "../../../../src/index.ts";
import type { Operation } from "../operation.ts";
import { deviceFor } from "./device.ts";
import { type ExportedModel, type ModelCard, openExported } from "./exportedModel.ts";

export interface OpenModelRequest {
  readonly source: { readonly url: string; readonly name: string } | File;
  readonly device: BrowserDeviceName;
}

/** What is going on. */
export type OpenModelEvent =
  | { readonly type: "fetching"; readonly done: number; readonly total: number }
  | { readonly type: "starting" };

export interface OpenedModel {
  /** By which `generate` finds it. */
  readonly key: number;
  readonly card: ModelCard;
  /** Where it computes, in words. */
  readonly device: string;
}

let lastKey = 0;
let open: { readonly key: number; readonly model: ExportedModel } | undefined;

export const run: Operation<OpenModelRequest, OpenModelEvent, OpenedModel> = async (
  { source, device: deviceName },
  { emit, signal },
) => {
  const bytes =
    source instanceof File ? new Uint8Array(await source.arrayBuffer()) : await fetched(source, emit, signal);
  emit({ type: "starting" });
  const device = await deviceFor(deviceName);
  const model = await openExported(device, bytes, source.name);
  if (signal.aborted) await model.dispose();
  signal.throwIfAborted();
  // From here to the answer nothing waits: the page knows the model that is open, or else it is the one before.
  void open?.model.dispose();
  const key = ++lastKey;
  open = { key, model };
  return { key, card: model.card, device: device.description };
};

/** The model that was opened under a key. */
export function openedModel(key: number): ExportedModel {
  if (open?.key !== key) throw new DeblendError("This model was closed because another one was opened.");
  return open.model;
}

/** Downloads with progress. */
async function fetched(
  { url, name }: { readonly url: string; readonly name: string },
  emit: (event: OpenModelEvent) => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const failed = (why: string) =>
    new DeblendError(`The model ${name} could not be loaded (${why}): check the connection and try again.`);
  const response = await fetch(url, { signal }).catch(() => {
    throw failed("no answer");
  });
  if (!response.ok || response.body === null) throw failed(`the server answered ${response.status}`);
  // Of a compressed answer, this is less than what will arrive: then only the bytes are told.
  const total = response.headers.has("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length"));
  const parts: Uint8Array[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done: isEnd, value } = await reader.read().catch(() => {
      throw failed("the connection broke off");
    });
    if (isEnd) break;
    parts.push(value);
    done += value.length;
    emit({ type: "fetching", done, total });
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
