import { configDefaults, defineConfig } from "vitest/config";

// A minute, because tests of the package start compilers and other processes, and CI machines are shared.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/slow/**"], // vitest.slow.config.ts
    testTimeout: 60_000,
    // One a core, where vitest leaves one free: on two cores 123 s instead of 165.
    maxWorkers: "100%",
    coverage: {
      include: ["src/**/*.ts"],
      exclude: [
        // Which module is bundled, one of four: `npm run test:bundlers` and `npm run test:runtimes` run them.
        "src/source/*.ts",
        // The entry of workers of Node, whose coverage is not collected: test/threads/ runs it, as it is built.
        "src/threads/worker/node.ts",
        // The entries of pages and of their workers: `npm run test:threads`.
        "src/threads/{web,worker/web}.ts",
      ],
      reportOnFailure: true,
      thresholds: { 100: true },
    },
  },
});
