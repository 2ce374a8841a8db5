/**
 * The directions that a trained perceptron gives at points of the plane.
 */
import { type BrowserDeviceName, createDeblender, type Weights } from "../../../../src/index.ts";
import type { Operation } from "../operation.ts";
import { moved } from "../transfer.ts";
import { deviceFor } from "./device.ts";
import { planeNetwork } from "./planeTraining.ts";

export interface LearntFieldRequest {
  readonly device: BrowserDeviceName;
  readonly weights: Weights;
  readonly alpha: number;
  /** [n, 2] */
  readonly points: Float32Array;
}

/** Directions [n, 2]. */
export const run: Operation<LearntFieldRequest, never, Float32Array> = async (request) => {
  const { weights, alpha, points } = request;
  const trained = createDeblender(await deviceFor(request.device), planeNetwork(), weights);
  try {
    const { data } = await trained.deblend({ data: points, shape: [points.length / 2, 2] }, alpha);
    return moved(data, [data]);
  } finally {
    await trained.dispose();
  }
};
