/**
 * A command that is shown to a person can be pasted into a shell as it is.
 */
import { expect, it } from "vitest";
import { quoted } from "./shell.ts";

it("quotes what a shell would read as more than a word", () => {
  expect(quoted("runs/cats-2")).toBe("runs/cats-2");
  expect(quoted("my run")).toBe("'my run'");
  expect(quoted("it's; rm -rf")).toBe(String.raw`'it'\''s; rm -rf'`);
  expect(quoted("")).toBe("''");
});
