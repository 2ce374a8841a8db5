// Runs the `deblend` command from a checkout, compiling src/ first where it is newer than dist/.
import { readdirSync, statSync } from "node:fs";

const modified = (url) => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = new URL("../src/", import.meta.url);
const newest = Math.max(
  ...readdirSync(sources, { recursive: true }).map((name) => modified(new URL(String(name), sources))),
);
if (newest > modified(new URL("../dist/.built", import.meta.url))) {
  process.stderr.write("deblend: compiling src/ ...\n");
  await import("./buildLibrary.mjs");
}
await import("../dist/cli/main.js");
