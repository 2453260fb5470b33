// The workers of ./threads, as text that the entries hold: so that no file has to be found, served or bundled beside them.

import { defineConfig, type UserConfig } from "tsdown";
import { withInlinedConstants } from "./tsdown.config.ts";

const worker = (name: string, host: string, format: "cjs" | "iife"): UserConfig => ({
  entry: { [name]: `src/threads/worker/${host}.ts` },
  outDir: "build",
  clean: false,
  format: [format],
  platform: host === "node" ? "node" : "neutral",
  target: "es2022",
  dts: false,
  minify: true,
  inputOptions: withInlinedConstants,
  checks: { pluginTimings: false },
  logLevel: "warn",
});

export default defineConfig([worker("workerNode", "node", "cjs"), worker("workerWeb", "web", "iife")]);
