/**
 * The training of this visit: it goes on while other pages are looked at, and is found again on return.
 */
import { messageOf } from "../../../../../src/index.ts";
import type { Pixels } from "../../../images/pixels.ts";
import { saveFile } from "../../../images/save.ts";
import { modelWorker } from "../../../worker/client.ts";
import type { ExportTrainedRequest } from "../../../worker/operations/exportTrained.ts";
import type { TrainImagesEvent, TrainImagesRequest } from "../../../worker/operations/trainImages.ts";

export interface SampleSheet {
  readonly step: number;
  readonly pixels: Pixels;
}

/** What decides what is learnt, and stays as it was when a training goes on. */
export type Begun = Pick<TrainImagesRequest, "files"> & {
  readonly config: Pick<TrainImagesRequest["config"], (typeof LEARNT_FROM)[number]>;
};
const LEARNT_FROM = ["size", "model", "batch", "learningRate", "flip", "seed"] as const;

interface Training {
  /** What the network learns from; undefined before the first training. */
  begun: Begun | undefined;
  /** What is going on; idle before the first training and between two. */
  phase: "idle" | "reading" | "compiling" | "training" | "stopping";
  /** Pictures read so far, and how many there are. */
  read: readonly [done: number, total: number];
  images: number;
  skipped: Extract<TrainImagesEvent, { type: "data" }>["skipped"];
  step: number;
  steps: number;
  parameters: number;
  /** Where it computes, in words. */
  device: string;
  stepsPerSecond: number;
  /** Means over a few steps each. */
  losses: readonly (readonly [step: number, loss: number])[];
  sheets: readonly SampleSheet[];
  failure: string | undefined;
}

const fresh = (): Training => ({
  begun: undefined,
  phase: "idle",
  read: [0, 0],
  images: 0,
  skipped: [],
  step: 0,
  steps: 0,
  parameters: 0,
  device: "",
  stepsPerSecond: 0,
  losses: [],
  sheets: [],
  failure: undefined,
});

let current = $state.raw<Training>(fresh());
const change = (changes: Partial<Training>) => {
  current = { ...current, ...changes };
};

/** Of this visit; every field is reactive. */
export const training = (): Readonly<Training> => current;

let given = $state.raw<readonly File[]>([]);
/** Pictures to train on, of this visit; none for the built-in cats. */
export const pictures = {
  get files() {
    return given;
  },
  set files(files) {
    given = files;
  },
};

/** What is set now but was not when the training began, in words. */
export function changedSince(begun: Begun, { files, config }: Begun): readonly string[] {
  const isSame = files.length === begun.files.length && files.every((file, i) => file === begun.files[i]);
  return [
    ...(isSame ? [] : ["pictures"]),
    ...LEARNT_FROM.filter((key) => config[key] !== begun.config[key]).map((key) => words[key]),
  ];
}
const words: Readonly<Record<(typeof LEARNT_FROM)[number], string>> = {
  ...{ size: "size", model: "network", batch: "batch", learningRate: "learning rate" },
  ...{ flip: "mirror", seed: "seed" },
};

/** Points of the curve: as many as a chart can show. */
const POINTS = 300;

export async function start(request: TrainImagesRequest): Promise<void> {
  const steps = request.config.steps ?? 0;
  if (request.goOn) change({ phase: "compiling", steps, failure: undefined });
  else {
    const phase = request.files.length > 0 ? "reading" : "compiling";
    current = { ...fresh(), phase, steps, begun: request };
  }
  const perPoint = Math.max(1, Math.ceil(steps / POINTS));
  // Losses since the curve's last point.
  let gathered: number[] = [];
  const onEvent = (event: TrainImagesEvent) => {
    switch (event.type) {
      case "reading":
        return change({ read: [event.done, event.total] });
      case "data":
        return change({ phase: "compiling", images: event.images, skipped: event.skipped });
      case "started":
        return change({
          phase: "training",
          step: event.step,
          parameters: event.parameters,
          device: event.device,
        });
      case "speed":
        return change({ stepsPerSecond: event.stepsPerSecond });
      case "samples":
        return change({ sheets: [...current.sheets, { step: event.step, pixels: event.pixels }] });
      case "losses": {
        const added: (readonly [number, number])[] = [];
        for (const [i, loss] of event.losses.entries()) {
          gathered.push(loss);
          if (gathered.length < perPoint) continue;
          const mean = gathered.reduce((sum, value) => sum + value, 0) / gathered.length;
          added.push([event.step - event.losses.length + 1 + i, mean]);
          gathered = [];
        }
        return change({ step: event.step, losses: [...current.losses, ...added] });
      }
    }
  };
  try {
    const { step } = await modelWorker.run("trainImages", request, { onEvent });
    change({ phase: "idle", step });
  } catch (thrown) {
    change({ phase: "idle", failure: messageOf(thrown) });
  }
}

/** After the step at hand. */
export async function stop(): Promise<void> {
  change({ phase: "stopping" });
  await modelWorker.run("stopTraining", null);
}

/** Downloads what has been learnt so far. */
export async function download(format: ExportTrainedRequest["format"]): Promise<void> {
  try {
    const { name, bytes } = await modelWorker.run("exportTrained", { format });
    saveFile(name, new Blob([bytes]));
  } catch (thrown) {
    change({ failure: messageOf(thrown) });
  }
}

/** What has been learnt so far, as a file for the page Generate. */
export async function trainedFile(): Promise<File> {
  const { bytes } = await modelWorker.run("exportTrained", { format: "onnx" });
  return new File([bytes], "trained-here.onnx");
}
