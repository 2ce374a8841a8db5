/**
 * How much is fetched before something can be computed, in megabytes: what people are told before it is.
 */
import sizes from "sizes:fetched";
import type { BrowserDeviceName } from "../../../src/index.ts";

/** The runtime of a device; nothing is known of it while the device is still being chosen. */
export const runtimeMegabytes = (device: BrowserDeviceName | undefined): string =>
  device === undefined ? "..." : String(Math.round(sizes[device] / 1e6));

/** The model that ships with the page. */
export const modelMegabytes = String(Math.round(sizes.model / 1e6));
