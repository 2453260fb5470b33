import { defineConfig } from "tsdown";

// The page and its workers, with the built package bundled in, as a user would bundle it.
export default defineConfig({
  entry: { page: "page.ts", benchmarkWorker: "benchmark/worker.ts", digitsWorker: "digits/worker.ts" },
  outDir: "dist",
  copy: ["index.html", "icon.svg", "styles"],
  format: "esm",
  platform: "browser",
  target: "es2022",
  dts: false,
  minify: true,
  sourcemap: true,
  deps: { alwaysBundle: [/^softmax-wasm/] },
  outputOptions: { entryFileNames: "[name].js", chunkFileNames: "shared.js" },
  logLevel: "warn",
});
