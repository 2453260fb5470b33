import { configDefaults, defineConfig } from "vitest/config";

// Tests of functions, which leave nothing behind that another could see: their files share a process, and load the sources
// once. Every other file has a process of its own.
const OF_FUNCTIONS = ["test/{arguments,assembly,demo,interop,linear,operations,reference,shards,tfjs}/**/*.test.ts"];

// A minute, because tests of the package start compilers and other processes, and CI machines are shared.
export default defineConfig({
  test: {
    setupFiles: ["test/reference/equality.ts"],
    testTimeout: 60_000,
    // A test without one cannot fail.
    expect: { requireAssertions: true },
    // One a core, where vitest leaves one free: on two cores 123 s instead of 165.
    maxWorkers: "100%",
    // Oracles make many small objects: with V8's 16 MiB for young ones a tenth of the time is to collect them.
    execArgv: ["--max-semi-space-size=64"],
    projects: [
      { extends: true, test: { name: "functions", include: OF_FUNCTIONS, isolate: false } },
      {
        extends: true,
        test: {
          name: "processes",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...OF_FUNCTIONS, "test/slow/**", "test/e2e/**"],
          // `expectTypeOf` says nothing at run time: the compiler checks these.
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "test/tsconfig.types.json" },
        },
      },
    ],
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
