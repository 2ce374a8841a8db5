/**
 * The contract of devices and programs; `browser.ts` and `node.ts` open real ones.
 */
export type { Device, DeviceKind, DeviceTensor, LoadOptions, Program } from "./device.ts";
