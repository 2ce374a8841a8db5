/**
 * A model that another page hands to Generate, taken once.
 */
let waiting: File | undefined;

export function handOver(model: File): void {
  waiting = model;
}

export function takeHandedOver(): File | undefined {
  const model = waiting;
  waiting = undefined;
  return model;
}
