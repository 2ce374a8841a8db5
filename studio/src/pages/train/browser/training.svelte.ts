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

interface Training {
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

/** Points of the curve: as many as a chart can show. */
const POINTS = 300;

export async function start(request: TrainImagesRequest): Promise<void> {
  const steps = request.config.steps ?? 0;
  if (request.goOn) change({ phase: "compiling", steps, failure: undefined });
  else current = { ...fresh(), phase: request.files.length > 0 ? "reading" : "compiling", steps };
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
