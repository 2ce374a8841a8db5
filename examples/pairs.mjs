// Street maps to views from above, as the paper's maps to satellite photos: train, draw a sheet, measure.
import { evaluateRun, sampleConditions, trainRun, writeConditionSheet } from "deblend/node";

const [steps = "800", out = "runs/towns"] = process.argv.slice(2);

const config = {
  data: "builtin:streets", // or a folder or zip, with conditionFrom: "map", targetFrom: "sat"
  task: "paired",
  size: 32,
  model: "tiny",
  batch: 16,
  steps: Number(steps),
  learningRate: 3e-3,
  warmup: Math.min(50, Math.floor(steps / 10)),
  ema: 0.99,
  holdOut: 10, // every tenth pair is kept for judging
  labelDropout: 0.1, // so that guidance is possible
  sampleEvery: 0,
  logEvery: 50,
};
for await (const event of trainRun(config, { out })) {
  if (event.type === "progress") console.log(`step ${event.step}, loss ${event.loss.toFixed(4)}`);
}

const sheet = await sampleConditions(out, { heldOut: true, limit: 5, variations: 2, steps: 32 });
await writeConditionSheet(`${out}/sheet.png`, sheet);

const report = await evaluateRun(out, { count: 8, steps: 16 });
if (!("ratios" in report)) throw new Error("A run on pairs is judged by its conditions.");
console.log(`Wrong maps make the colours' error ${report.ratios.colourMeanError.toFixed(2)} times as large.`);
console.log(
  `Two views of one map differ by ${report.variationDifference.toFixed(3)}. Sheet: ${out}/sheet.png`,
);
