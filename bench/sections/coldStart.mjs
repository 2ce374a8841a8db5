/**
 * Cold start: how long a person waits for one image of a tiny model, from the command to the file, and what is lost before.
 */
import { join } from "node:path";
import { deblend, python, pytorch, run } from "../lib/processes.mjs";
import { median } from "../lib/statistics.mjs";
import { inTemporaryFolder } from "../lib/temporary.mjs";

/** @param {{ threads: number, quick: boolean, say: (text: string) => void }} settings */
export function coldStart({ threads, quick, say }) {
  say("cold start");
  return inTemporaryFolder(async (folder) => {
    const model = join(folder, "run");
    const limits = ["--threads", String(threads)];
    const data = ["--data", "builtin:cats", "--size", "16", "--model", "tiny"];
    const length = ["--steps", "1", "--batch", "2", "--sample-every", "0"];
    await deblend(["train", "--out", model, ...data, ...length, ...limits], {
      DEBLEND_CACHE: join(folder, "cache"),
    });
    const image = ["--count", "1", "--steps", "1", "--out", join(folder, "image.png")];
    const kinds = {
      "deblend sample, one image, one step": () => deblend(["sample", "--model", model, ...image, ...limits]),
      "deblend --version": () => deblend(["--version"]),
      "node, doing nothing": () => run(process.execPath, ["-e", "0"]),
      ...(pytorch && { "python, import torch": () => python(["-c", "import torch"]) }),
    };
    /** @type {Map<string, number[]>} */
    const times = new Map(Object.keys(kinds).map((name) => [name, []]));
    for (let round = 0; round < (quick ? 3 : 7); round++) {
      for (const [name, start] of Object.entries(kinds)) times.get(name)?.push((await start()).ms);
    }
    return Object.fromEntries([...times].map(([name, values]) => [name, median(values)]));
  });
}
