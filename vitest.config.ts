import { configDefaults, defineConfig } from "vitest/config";

// A minute, because tests of the package start compilers and other processes, and CI machines are shared.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/slow/**", "test/e2e/**"],
    setupFiles: ["test/reference/equality.ts"],
    testTimeout: 60_000,
    // A test without one cannot fail.
    expect: { requireAssertions: true },
    // `expectTypeOf` says nothing at run time: the compiler checks these.
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "test/tsconfig.types.json" },
    // One a core, where vitest leaves one free: on two cores 123 s instead of 165.
    maxWorkers: "100%",
    coverage: {
      include: ["src/**/*.ts"],
      exclude: [
        // Which module is bundled, one of four: `npm run test:package -- bundlers` and `npm run test:runtimes` run them.
        "src/{backend,linear}/source/*.ts",
        // The entry of workers of Node, whose coverage is not collected: test/threads/ runs it, as it is built.
        "src/threads/worker/node.ts",
        // The entries of pages and of their workers: `npm run test:runtimes -- threads`.
        "src/threads/{web,worker/web}.ts",
      ],
      reportOnFailure: true,
      thresholds: { 100: true },
    },
  },
});
