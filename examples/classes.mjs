// Class labels: cat faces by the colour of their fur, drawn with more and more guidance.
import { sampleClasses, trainRun, writeClassSheet } from "deblend/node";

const [steps = "450", out = "runs/furs"] = process.argv.slice(2);

const config = {
  data: "builtin:cats", // or a folder with a folder for each class
  task: "class",
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

for (const guidance of [0, 1, 3]) {
  const samples = await sampleClasses(out, { count: 6, steps: 32, guidance });
  await writeClassSheet(`${out}/guidance-${guidance}.png`, samples);
  console.log(`Guidance ${guidance}: ${samples.classes.join(", ")} in ${out}/guidance-${guidance}.png`);
}
