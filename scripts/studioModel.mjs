// Makes the model that the studio ships with, studio/public/model/cats-16.onnx, and the picture that is seen before it
// loads, cats-16.png: trains it by the project's own command, exports it and samples from it. `node scripts/studioModel.mjs [--out RUN]`; a run that was interrupted goes on.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import "./buildLibrary.mjs";

const { values } = parseArgs({ options: { out: { type: "string", default: "runs/studio-model" } } });
const { out } = values;
const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const deblend = (...words) => {
  const { status } = spawnSync(process.execPath, [path("dist/cli/main.js"), ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};

if (existsSync(out)) deblend("train", "--resume", "--out", out);
else {
  deblend(
    ...[
      "train",
      "--data",
      "builtin:cats",
      "--size",
      "16",
      "--model",
      "tiny",
      "--steps",
      "3000",
      "--batch",
      "32",
    ],
    ...["--learning-rate", "0.003", "--warmup", "100", "--ema", "0.998", "--seed", "0", "--threads", "1"],
    ...["--out", out],
  );
}
deblend("export", "--model", out, "--format", "onnx", "--out", `${out}/onnx`);
copyFileSync(`${out}/onnx/model.onnx`, path("studio/public/model/cats-16.onnx"));
deblend(
  ...["sample", "--model", out, "--count", "16", "--steps", "16", "--seed", "1", "--threads", "1"],
  ...["--out", path("studio/public/model/cats-16.png")],
);
