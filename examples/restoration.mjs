// Super-resolution by 4: train on cat faces, then restore a picture file. colorize, inpaint and deblur work the same way.

import { createCatDataset } from "deblend";
import { sampleConditions, trainRun, writeConditionSheet, writeImage } from "deblend/node";

const [steps = "250", out = "runs/superres"] = process.argv.slice(2);

const config = {
  data: "builtin:cats", // or a folder of your own images
  task: "superres:4",
  size: 16,
  model: "tiny",
  steps: Number(steps),
  learningRate: 3e-3,
  warmup: Math.min(50, Math.floor(steps / 10)),
  ema: 0.99,
  sampleEvery: 0,
  logEvery: 50,
};
for await (const event of trainRun(config, { out })) {
  if (event.type === "progress") console.log(`step ${event.step}, loss ${event.loss.toFixed(4)}`);
}

// A picture that was not among those: a cat of another seed.
const cat = new Float32Array(3 * 16 * 16);
createCatDataset({ size: 16, seed: 1 }).read(0, cat);
await writeImage({ data: cat, shape: [1, 3, 16, 16] }, 0, `${out}/cat.png`);

// A picture of the model's size or larger is degraded first, as in training; a smaller one is taken as the coarse one.
const restored = await sampleConditions(out, { condition: `${out}/cat.png`, variations: 3, steps: 32 });
for (const note of restored.notes) console.log(note);
await writeConditionSheet(`${out}/sheet.png`, restored);
console.log(`Sheet: ${out}/sheet.png`);
