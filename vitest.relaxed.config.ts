import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What only newer Nodes can run: `npm run test:relaxed`.
export default defineConfig({
  test: {
    // The kernels of the other backend are not fused.
    testNamePattern: /^(?!.*\bgive the same bits\b)/,
    testTimeout: 60_000,
    projects: [
      {
        // The suites about results, on the kernels with relaxed SIMD.
        extends: true,
        resolve: {
          alias: [
            {
              find: /^.*\/source\/inlined\.js$/,
              replacement: fileURLToPath(new URL("src/source/relaxed.ts", import.meta.url)),
            },
          ],
        },
        test: {
          name: "relaxed",
          setupFiles: ["test/relaxed/setup.ts"],
          include: [
            ...["accuracy", "bits", "edgeCases", "expOfKernels", "properties", "sequences", "vectors"].map(
              (name) => `test/${name}.test.ts`,
            ),
            "test/contract/*.test.ts",
            "test/relaxed/*.test.ts",
          ],
        },
      },
      // Float16Array, on the library as it comes by default.
      {
        extends: true,
        test: {
          name: "default",
          include: ["contract/halfPrecision", "interop", "threads/halfPrecision", "vectors"].map(
            (name) => `test/${name}.test.ts`,
          ),
        },
      },
    ],
  },
});
