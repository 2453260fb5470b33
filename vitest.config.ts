import { defineConfig } from "vitest/config";

// A minute, because tests of the package start compilers and other processes, and CI machines are shared.
export default defineConfig({ test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 } });
