/**
 * The layers: each folder imports only what stands before it, and only the Node side imports Node.
 */
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { beforeAll, expect, it } from "vitest";

/** Lowest first; a name with a dot is a file. */
const LAYERS = [
  ...["errors.ts", "counted.ts", "schemaWords.ts", "batch.ts"],
  ...["random", "formats", "tensor", "onnx", "runtime", "theory", "networks"],
  ...["optimisers", "solvers", "figures", "data", "metrics", "training", "studioApi", "index.ts", "node"],
  "cli",
];
const NODE_SIDE = /^src\/(node|cli)\/|^src\/runtime\/node[^/]*$/;

let result: ICruiseResult;
beforeAll(async () => {
  const { output } = await cruise(["src"], {
    tsPreCompilationDeps: true,
    exclude: { path: "\\.test\\.ts$" },
    doNotFollow: { path: "node_modules" },
  });
  result = output as ICruiseResult;
});

const layerOf = (path: string) => {
  const name = path.split("/")[1] ?? "";
  const layer = LAYERS.indexOf(name);
  if (path.startsWith("src/") && layer < 0)
    throw new Error(`${path} is in no layer: give ${name} its place.`);
  return layer;
};

const imports = () =>
  result.modules
    .filter(({ source }) => source.startsWith("src/"))
    .flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved, module }) => ({ from: source, to: resolved, module })),
    );

it("sees the source", () => {
  expect(imports().length).toBeGreaterThan(200);
});

it("imports point to lower layers", () => {
  const upward = imports().filter(({ from, to }) => to.startsWith("src/") && layerOf(to) > layerOf(from));
  expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

it("only the Node side imports Node", () => {
  const native =
    /^node:|^(sharp|yauzl|yazl|onnxruntime-node|@napi-rs\/canvas|commander|cli-progress|open|hono|@hono\/.*)(\/|$)/;
  const found = imports().filter(({ from, module }) => native.test(module) && !NODE_SIDE.test(from));
  expect(found.map(({ from, module }) => `${from} -> ${module}`)).toEqual([]);
});
