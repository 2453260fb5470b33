import { defineConfig } from "tsdown";

// What @assemblyscript/loader does at load, which an import must not: a TextDecoder (an AudioWorklet has none) and a
// write to Object.hasOwn (frozen realms refuse it). Neither is needed where a module has no strings and no classes.
const LOADER_SIDE_EFFECTS = [
  ['const utf16 = new TextDecoder("utf-16le", { fatal: true });', "const utf16 = undefined;"],
  ["Object.hasOwn = Object.hasOwn || function(obj, prop) {", "const hasOwn = function(obj, prop) {"],
] as const;

const quietLoader = {
  name: "quiet-loader",
  transform(code: string, id: string) {
    if (!id.includes("@assemblyscript/loader")) return;
    for (const [loud, quiet] of LOADER_SIDE_EFFECTS) {
      if (!code.includes(loud)) throw new Error(`the loader no longer says: ${loud}`);
      code = code.replace(loud, quiet);
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
  plugins: [quietLoader],
});
