/**
 * One is told apart from many, and large numbers can be read.
 */
import { expect, it } from "vitest";
import { counted } from "./counted.ts";

it("says one and many", () => {
  expect([0, 1, 2].map((count) => counted(count, "image"))).toEqual(["0 images", "1 image", "2 images"]);
  expect(counted(4096, "class", "classes")).toBe("4,096 classes");
});
