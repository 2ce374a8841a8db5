/**
 * What the page shows a conditional model is what the library's tasks make of a picture, number for number; and what a
 * file says of itself decides what the page offers.
 */
import { describe, expect, it } from "vitest";
import { fillUniform, maskPicture, type Picture, parseTask, toChannels } from "../../src/index.ts";
import { readCard } from "../../studio/src/worker/operations/exportedModel.ts";
import { makeCondition } from "../../studio/src/worker/operations/makeCondition.ts";
import { classModel, exported } from "./models.ts";

const SIDE = 8;
const PLANE = SIDE * SIDE;
/** A picture with something in it, [3, 8, 8]. */
const bytes = (() => {
  const values = new Float32Array(3 * PLANE);
  fillUniform(values, { seed: 4, purpose: "noise" });
  return Uint8Array.from(values, (value) => Math.floor(256 * value));
})();
const picture = (channels: 1 | 3): Picture => ({
  data: Float32Array.from(toChannels(bytes, 3, channels), (byte) => byte / 127.5 - 1),
  shape: [channels, SIDE, SIDE],
});
const make = (task: string, channels: 1 | 3, options: object = {}) => {
  const condition = parseTask(task).conditionChannels(channels, 3);
  return makeCondition({
    ...{ task, event: [channels, SIDE, SIDE], condition: [condition, SIDE, SIDE] },
    ...{ bytes, seed: 0, isDegraded: false, ...options },
  });
};
const degraded = (task: string, channels: 1 | 3, seed = 0) => {
  const parsed = parseTask(task);
  const out = new Float32Array(parsed.conditionChannels(channels, 3) * PLANE);
  parsed.degrade?.(picture(channels), out, { seed, index: 0 });
  return out;
};

describe("a condition", () => {
  it.each([
    ["superres:2", 3],
    ["superres:4:nearest", 1],
    ["colorize", 3],
    ["deblur:1", 3],
    ["inpaint:box", 3],
    ["inpaint:strokes", 1],
  ] as const)("of %s is what training made of the picture", (task, channels) => {
    const made = make(task, channels);
    expect(made.condition).toEqual(degraded(task, channels));
    // And that is what people are shown of it.
    const { pixels } = made;
    expect([pixels.count, pixels.width, pixels.height]).toEqual([1, SIDE, SIDE]);
    expect(pixels.data[4]).toBe(
      Math.min(255, Math.max(0, Math.round(((made.condition[1] ?? 0) + 1) * 127.5))),
    );
  });

  it("of inpainting has the hole that is cut, or the one that training would cut", () => {
    const hole = new Uint8Array(PLANE).fill(1, 10, 14);
    const expected = new Float32Array(4 * PLANE);
    maskPicture(picture(3), hole, expected);
    expect(make("inpaint:box", 3, { hole }).condition).toEqual(expected);
    const drawn = make("inpaint:box", 3, { seed: 5 });
    expect(drawn.condition).toEqual(degraded("inpaint:box", 3, 5));
    expect(make("inpaint:box", 3, { hole: drawn.hole }).condition).toEqual(drawn.condition);
    expect(() => make("inpaint:box", 3, { hole: new Uint8Array(PLANE) })).toThrow("There is no hole yet");
  });

  it("of a pair is the picture itself, and so is one that is degraded already", () => {
    expect(make("paired", 3).condition).toEqual(picture(3).data);
    expect(make("deblur:1", 3, { isDegraded: true }).condition).toEqual(picture(3).data);
  });

  it("of more channels than pictures have is refused", () => {
    expect(() => make("paired", 3, { condition: [5, SIDE, SIDE] })).toThrow("has 5 channels");
  });
});

describe("a model's card", () => {
  it.each(["superres:2", "colorize", "inpaint:box", "deblur:1.5", "paired"])("says the task %s", (task) => {
    const card = readCard(exported(task), "it");
    expect(card).toMatchObject({ task, event: [3, SIDE, SIDE], classes: [] });
    expect(card.condition?.[0]).toBe(parseTask(task).conditionChannels(3, 3));
  });

  it("says whether it can be guided, by the rule of the command", () => {
    expect(readCard(exported("class", { labelDropout: 0.1 }), "it").unguided).toBeUndefined();
    expect(readCard(exported("superres:2", { labelDropout: 0.1 }), "it").unguided).toBeUndefined();
    expect(readCard(exported("class"), "it").unguided).toMatch(/labels always shown/);
    expect(readCard(exported("superres:2"), "it").unguided).toMatch(/conditions always shown/);
    expect(readCard(classModel(0), "it").unguided).toMatch(/labels always shown/);
  });
});
