import { defineConfig } from "vitest/config";

// What takes minutes: `npm run test:slow`. One file at a time, as some measure memory.
export default defineConfig({
  test: { include: ["test/slow/**/*.test.ts"], testTimeout: 1_800_000, fileParallelism: false },
});
