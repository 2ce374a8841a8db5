/**
 * The demo, shortened.
 */
import { readdirSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { openWorkplace } from "./command.ts";

const place = openWorkplace();
afterAll(place.close);

it("trains within its time, and says where its pictures are", async () => {
  const { code, stderr } = await place.run("demo", "--minutes", "0.01", "--size", "8", "--out", "demo");
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/\d+ ms a step: \d+ steps fit/);
  expect(stderr).toContain("What to try next:");
  const files = readdirSync(place.path("demo"));
  for (const file of files.filter((name) => name.endsWith(".png"))) expect(stderr).toContain(file);
  expect(files).toEqual(expect.arrayContaining(["samples.png", "noise-to-image.png", "training.png", "run"]));
});
