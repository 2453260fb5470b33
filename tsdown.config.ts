import { defineConfig } from "tsdown";

// What of @assemblyscript/loader is left out of the bundle:
// - what it does at load, which an import must not: a TextDecoder (an AudioWorklet has none) and a write to
//   Object.hasOwn (frozen realms refuse it). Neither is needed where a module has no strings and no classes;
// - the wrappers of the exports, which src/load.ts does not call: 1.4 KB compressed.
const LEFT_OUT = [
  ['const utf16 = new TextDecoder("utf-16le", { fatal: true });', "const utf16 = undefined;"],
  ["Object.hasOwn = Object.hasOwn || function(obj, prop) {", "const hasOwn = function(obj, prop) {"],
  [
    "new WebAssembly.Instance(module, imports);\n  const exports = postInstantiate(extended, instance);",
    "new WebAssembly.Instance(module, imports);\n  const { exports } = instance;",
  ],
] as const;

const leanLoader = {
  name: "lean-loader",
  transform(code: string, id: string) {
    if (!id.includes("@assemblyscript/loader")) return;
    for (const [theirs, ours] of LEFT_OUT) {
      if (!code.includes(theirs)) throw new Error(`the loader no longer says: ${theirs}`);
      code = code.replace(theirs, ours);
    }
    return code.replaceAll("!Object.hasOwn(", "!hasOwn(");
  },
};

export default defineConfig({
  entry: { index: "src/index.ts" },
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  dts: true,
  minify: true,
  sourcemap: true,
  deps: { alwaysBundle: ["@assemblyscript/loader"], onlyBundle: ["@assemblyscript/loader"] },
  logLevel: "warn",
  plugins: [leanLoader],
});
