import { defineConfig } from "vitest/config";

// Units live beside the code they test; contracts, parity and end-to-end tests under test/.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // ONNX Runtime is a native module with its own threads: processes, not worker threads, and few of them.
    pool: "forks",
    maxWorkers: 2,
  },
});
