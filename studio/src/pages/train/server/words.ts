/**
 * Numbers as people read them.
 */
import type { RunSummary } from "./types.ts";

export const whole = (value: number): string => value.toLocaleString("en");

/** Four digits that say something. */
export function digits(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1000
    ? whole(Math.round(value))
    : size < 1e-3
      ? value.toExponential(1)
      : String(Number(value.toPrecision(4)));
}

/** 1046883 as "1.0 million". */
export function large(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} million` : whole(value);
}

/** Seconds as "7 s", "3 min 20 s" or "2 h 5 min". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function stateInWords({ state, stopping, here, steps }: RunSummary): string {
  if (state === "failed" && steps === 0) return "not readable";
  if (stopping) return "stopping";
  return state === "running" && !here ? "running elsewhere" : state;
}
