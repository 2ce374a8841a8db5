/**
 * All parametrisations are one direction, and DDIM is the same process in other coordinates.
 */
import { expect, it } from "vitest";
import {
  ddimCoordinates,
  directionFromBoth,
  directionFromX0,
  directionFromX1,
  meansFromDirection,
} from "./index.ts";

const [x0bar, x1bar, alpha] = [0.7, -1.3, 0.4];
const x = (1 - alpha) * x0bar + alpha * x1bar;

it("all parametrisations give one direction", () => {
  const d = directionFromBoth(x0bar, x1bar);
  expect(directionFromX0(x, alpha, x0bar)).toBeCloseTo(d, 12);
  expect(directionFromX1(x, alpha, x1bar)).toBeCloseTo(d, 12);
  const means = meansFromDirection(x, alpha, d);
  expect(means.x0bar).toBeCloseTo(x0bar, 12);
  expect(means.x1bar).toBeCloseTo(x1bar, 12);
});

it("a DDIM step (eta = 0) is an Euler step in our coordinates", () => {
  const [from, to, epsilon, xDdim] = [0.3, 0.6, 0.25, 1.1];
  // DDIM: predict the data, then noise it to the next level with the same epsilon.
  const data = (xDdim - Math.sqrt(1 - from) * epsilon) / Math.sqrt(from);
  const next = Math.sqrt(to) * data + Math.sqrt(1 - to) * epsilon;
  const [a, b] = [ddimCoordinates(from), ddimCoordinates(to)];
  const here = xDdim * a.scale;
  const d = directionFromX0(here, a.alpha, epsilon);
  expect(here + (b.alpha - a.alpha) * d).toBeCloseTo(next * b.scale, 12);
});
