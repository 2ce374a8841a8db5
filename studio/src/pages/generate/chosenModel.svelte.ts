/**
 * The model of this visit: which one a person has chosen and which one is open. Whoever comes back to the page finds it
 * again, and where another cannot be opened it stays.
 */
import { untrack } from "svelte";
import { type BrowserDeviceName, messageOf } from "../../../../src/index.ts";
import { modelWorker } from "../../worker/client.ts";
import type { OpenedModel, OpenModelEvent } from "../../worker/operations/openModel.ts";
import { type ModelSource, SHIPPED } from "./model.ts";

interface Wanted {
  readonly source: ModelSource;
  readonly device: BrowserDeviceName;
}
interface Opened extends Wanted {
  readonly model: OpenedModel;
}

let source = $state.raw<ModelSource>(SHIPPED);
let isWanted = $state(false);
let opened = $state.raw<Opened>();
let isOpening = $state(false);
let progress = $state.raw<OpenModelEvent>();
let failure = $state<string>();
/** What could not be opened is not tried again by itself. */
let refused: Wanted | undefined;
/** The last one that could be opened. */
let good: ModelSource | undefined;

export const chosen = {
  /** The one that is wanted. */
  get source() {
    return source;
  },
  /** Whether it is to be fetched and opened: its megabytes, and the runtime's, wait until somebody asks. */
  get isWanted() {
    return isWanted;
  },
  /** The one that is open; none while another is being opened. */
  get opened(): Opened | undefined {
    return isOpening ? undefined : opened;
  },
  get isOpening() {
    return isOpening;
  },
  get progress() {
    return progress;
  },
  /** Why the newest one that was wanted is not open, in one sentence. */
  get failure() {
    return failure;
  },
};

/** Asks for the model to be opened. */
export function want(model: ModelSource = source): void {
  source = model;
  isWanted = true;
  refused = undefined;
  failure = undefined;
}

const isSame = (a: Wanted | undefined, b: Wanted) => a?.source === b.source && a.device === b.device;

/** Opens what is wanted, on a device; to be called while a component is set up. */
export function openWanted(device: () => BrowserDeviceName | undefined): void {
  $effect(() => {
    const on = device();
    if (!isWanted || on === undefined) return;
    const wanted = { source, device: on };
    if (
      isSame(
        untrack(() => opened),
        wanted,
      ) ||
      isSame(refused, wanted)
    )
      return;
    const controller = new AbortController();
    let hasEnded = false;
    const { signal } = controller;
    isOpening = true;
    progress = undefined;
    failure = undefined;
    modelWorker
      .run("openModel", wanted, {
        signal,
        onEvent: (event) => {
          progress = event;
        },
      })
      .then((model) => {
        hasEnded = true;
        opened = { ...wanted, model };
        good = wanted.source;
        isOpening = false;
      })
      .catch((thrown: unknown) => {
        if (signal.aborted) return;
        hasEnded = true;
        refused = wanted;
        failure = messageOf(thrown);
        isOpening = false;
        // Back to the one before; where there is none, to the beginning.
        isWanted = good !== undefined;
        source = good ?? SHIPPED;
      });
    return () => {
      if (hasEnded) return;
      controller.abort();
      isOpening = false;
      // The worker may have opened it all the same, and closed the one before.
      opened = undefined;
    };
  });
}
