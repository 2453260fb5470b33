import { defineConfig } from "vitest/config";

// A minute: building the kernels again takes seconds, and longer on a busy machine.
export default defineConfig({ test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 } });
