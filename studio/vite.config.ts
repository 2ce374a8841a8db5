/**
 * Builds the studio to dist/studio: a static site that works from any folder of any web host.
 */
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { excerpts } from "./build/excerpts.ts";
import { sizes } from "./build/sizes.ts";

const root = import.meta.dirname;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root,
  base: "./",
  plugins: [
    excerpts(path("..")),
    sizes(path("../src/runtime/browser.ts"), path("public/model/cats-16.onnx")),
    svelte(),
  ],
  // The runtime's module asks for its wasm by a path relative to itself, which pre-bundling would move.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  worker: { format: "es" },
  build: {
    outDir: "../dist/studio",
    emptyOutDir: true,
    target: "es2022",
    // Fonts and the runtime's wasm stay files of their own, which load when they are needed.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The runtime is one large chunk by nature.
    chunkSizeWarningLimit: 1000,
    // zod's sources hold comments for other bundlers, which Rollup warns about one by one.
    rollupOptions: {
      onwarn: (warning, warn) => {
        if (warning.code !== "INVALID_ANNOTATION") warn(warning);
      },
    },
  },
  server: {
    host: "127.0.0.1",
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
