import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What only newer Nodes can run: `npm run test:runtimes -- relaxed`. With SEARCH_SECONDS also the search of test/slow/.
const { SEARCH_SECONDS } = process.env;

export default defineConfig({
  test: {
    // The kernels of the other backend are not fused.
    testNamePattern: /^(?!.*\bgive the same bits\b)/,
    testTimeout: 60_000,
    projects: [
      {
        // The suites about results, on the kernels with relaxed SIMD.
        extends: true,
        plugins: [
          {
            name: "kernels-with-relaxed-simd",
            enforce: "pre",
            // Not the file of this name that linear layers have.
            resolveId: (id, importer) =>
              id.endsWith("/source/inlined.js") && !importer?.includes("/src/linear/")
                ? fileURLToPath(new URL("src/backend/source/relaxed.ts", import.meta.url))
                : undefined,
          },
        ],
        test: {
          name: "relaxed",
          setupFiles: ["test/relaxed/setup.ts"],
          include: [
            ...["accuracy", "bits", "edgeCases", "properties", "sequences", "smallCalls", "vectors"].map(
              (name) => `test/operations/${name}.test.ts`,
            ),
            "test/operations/{contract,search}/*.test.ts",
            "test/assembly/expWasm.test.ts",
            "test/relaxed/*.test.ts",
            ...(SEARCH_SECONDS === undefined ? [] : ["test/slow/search.test.ts"]),
          ],
        },
      },
      // Float16Array, on the library as it comes by default.
      {
        extends: true,
        test: {
          name: "default",
          include: [
            "operations/contract/halfPrecision",
            "operations/search/halfPrecision",
            "interop/*",
            "threads/halfPrecision",
            "operations/vectors",
          ].map((name) => `test/${name}.test.ts`),
        },
      },
    ],
  },
});
