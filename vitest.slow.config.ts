import { defineConfig } from "vitest/config";

// What takes minutes: `npm run test:slow`. One file at a time, as some measure memory; and with a young generation that is
// as large as it will get, as V8 doubles it whenever there is much to do: 16 MiB that no call keeps.
export default defineConfig({
  test: {
    include: ["test/slow/**/*.test.ts"],
    setupFiles: ["test/reference/equality.ts"],
    testTimeout: 1_800_000,
    fileParallelism: false,
    execArgv: ["--min-semi-space-size=16", "--max-semi-space-size=16"],
  },
});
