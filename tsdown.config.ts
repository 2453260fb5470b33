import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "tsdown";

// What of @assemblyscript/loader is left out of the bundle:
// - what it does at load, which an import must not: a TextDecoder (an AudioWorklet has none) and a write to
//   Object.hasOwn (frozen realms refuse it). Neither is needed where a module has no strings and no classes;
// - the wrappers of the exports, which src/source/inlined.ts does not call: 1.4 KB compressed;
// - imports for a standard library, where the module imports nothing: 0.4 KB.
const LEFT_OUT = [
  ['const utf16 = new TextDecoder("utf-16le", { fatal: true });', "const utf16 = undefined;"],
  ["Object.hasOwn = Object.hasOwn || function(obj, prop) {", "const hasOwn = function(obj, prop) {"],
  [
    "const extended = preInstantiate(imports);\n  const instance = new WebAssembly.Instance(module, imports);\n  const exports = postInstantiate(extended, instance);",
    "const instance = new WebAssembly.Instance(module, imports);\n  const { exports } = instance;",
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

/** Puts another file of src/source/ in the place of the inlined bytes. */
const kernelsFrom = (source: string) => ({
  name: "kernels-from",
  resolveId(id: string) {
    if (id.endsWith("/source/inlined.js")) return fileURLToPath(new URL(`src/source/${source}.ts`, import.meta.url));
    // The host's to resolve: the module that scripts/build.mjs puts beside.
    if (id.endsWith(".wasm")) return { id: "./core.wasm", external: true };
    return undefined;
  },
});

/** The library is another entry, which the user's conditions choose, and whose instance is shared. */
const besideLibrary = {
  name: "beside-library",
  resolveId: (id: string) => (id === "../index.js" ? { id: "softmax-wasm", external: true } : undefined),
};

const SHARED: UserConfig = {
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  dts: false,
  minify: true,
  sourcemap: true,
  deps: { alwaysBundle: ["@assemblyscript/loader"], onlyBundle: ["@assemblyscript/loader"] },
  checks: { pluginTimings: false },
  logLevel: "warn",
};

/** An entry of src/threads/, with the kernels that it relocates. */
const threads = (name: string, file: string, more: UserConfig = {}): UserConfig => ({
  ...SHARED,
  entry: { [name]: `src/threads/${file}.ts` },
  plugins: [kernelsFrom("relocatable")],
  ...more,
});

/** The library, with its compiled kernels from one of src/source/. Its types are those of index. */
const library = (name: string, source: string, more: UserConfig = {}): UserConfig => ({
  ...SHARED,
  entry: { [name]: "src/index.ts" },
  plugins: [leanLoader, kernelsFrom(source)],
  ...more,
});

export default defineConfig([
  library("index", "inlined", { dts: true }),
  library("relaxed", "relaxed"),
  library("js", "none"),
  library("workerd", "imported", { format: ["esm"] }),
  threads("threads", "web", { dts: true }),
  threads("threads.node", "node", { platform: "node", fixedExtension: false }),
  threads("threads.worker", "worker/web", { dts: true }),
  threads("threads.worker.node", "worker/node", { platform: "node", fixedExtension: false }),
  {
    ...SHARED,
    entry: { interop: "src/interop/index.ts" },
    dts: true,
    // Not `plugins`, which the types for CommonJS are built without.
    inputOptions: (options) => ({ ...options, plugins: [besideLibrary, options.plugins] }),
  },
]);
