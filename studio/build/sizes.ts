/**
 * `import sizes from "sizes:fetched"`: bytes of what the page fetches when it is needed, so that it can say so before.
 *
 * They are measured when the page is built, on the files that it will fetch: the wasm that each build of the runtime names,
 * and the model that ships with the page.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Bytes before the host's compression. */
export interface Sizes {
  readonly wasm: number;
  readonly webgpu: number;
  readonly model: number;
}

const NAME = "sizes:fetched";
const DEVICES = ["wasm", "webgpu"] as const;

/**
 * @param importer the file that imports the runtime
 * @param model the model that ships with the page
 */
export function sizes(importer: string, model: string): Plugin {
  return {
    name: "deblend-sizes",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return;
      const runtimes = await Promise.all(
        DEVICES.map(async (device) => {
          const found = await this.resolve(`onnxruntime-web/${device}`, importer);
          return [device, wasmBytes(found?.id.split("?")[0])];
        }),
      );
      return `export default ${JSON.stringify({ ...Object.fromEntries(runtimes), model: statSync(model).size })};`;
    },
  };
}

/** Of the wasm that a build of the runtime loads. */
function wasmBytes(build: string | undefined): number {
  const name = build && /ort-wasm[\w.-]*\.wasm/.exec(readFileSync(build, "utf8"))?.[0];
  if (!name)
    throw new Error(`The runtime's build ${build} names no wasm: the studio says how large that is.`);
  return statSync(join(dirname(build), name)).size;
}
