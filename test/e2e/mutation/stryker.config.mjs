// StrykerJS on src/ (run.mjs), with the tests that are fast. 9.6.1 is the last for Node 20.

import { fileURLToPath } from "node:url";

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  plugins: ["node_modules/@stryker-mutator/vitest-runner/dist/src/index.js", "runner.mjs"].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  ),
  testRunner: "vitest-and-imports",
  vitest: { configFile: "test/e2e/mutation/vitest.config.ts" },
  ignorePatterns: ["demo", "bench", "examples", "docs", "dist", "test/e2e/*/node_modules"],
  coverageAnalysis: "perTest",
  warnings: { slow: false },
  concurrency: 2,
  timeoutMS: 8_000,
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ["clear-text", "progress"],
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: ".stryker-tmp",
};
