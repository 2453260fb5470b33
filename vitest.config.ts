import { configDefaults, defineConfig } from "vitest/config";

// A minute, because tests of the package start compilers and other processes, and CI machines are shared.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/slow/**"], // vitest.slow.config.ts
    testTimeout: 60_000,
    // One a core, where vitest leaves one free: on two cores 123 s instead of 165.
    maxWorkers: "100%",
  },
});
