/**
 * Every operation by name. Their code loads when one is first asked for.
 */
export const operations = {
  cats: () => import("./cats.ts"),
  compareTargets: () => import("./compareTargets.ts"),
  deblend: () => import("./deblend.ts"),
  directionField: () => import("./directionField.ts"),
  directionLoss: () => import("./directionLoss.ts"),
  exportTrained: () => import("./exportTrained.ts"),
  fitPicture: () => import("./fitPicture.ts"),
  flow: () => import("./flow.ts"),
  generate: () => import("./generate.ts"),
  learntField: () => import("./learntField.ts"),
  makeCondition: () => import("./makeCondition.ts"),
  openModel: () => import("./openModel.ts"),
  randomPaths: () => import("./randomPaths.ts"),
  sampleExact: () => import("./sampleExact.ts"),
  sampleMlp: () => import("./sampleMlp.ts"),
  stopTraining: () => import("./stopTraining.ts"),
  trainImages: () => import("./trainImages.ts"),
  trainMlp: () => import("./trainMlp.ts"),
};
