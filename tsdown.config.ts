import { fileURLToPath } from "node:url";
import type { InputOptions, OutputBundle, OutputOptions } from "rolldown";
import { defineConfig, type UserConfig } from "tsdown";

// What is left out of @assemblyscript/loader. What it does when it is loaded, which an import must not: it makes a TextDecoder,
// which an AudioWorklet does not have, and writes to Object.hasOwn, which frozen realms refuse. And its wrappers of exports,
// which nothing calls, with what they would import: a third of an instance's time. The kernels have no strings, no classes and
// no imports, so that none of it is needed.
const LEFT_OUT = [
  ['const utf16 = new TextDecoder("utf-16le", { fatal: true });', "const utf16 = undefined;"],
  ["Object.hasOwn = Object.hasOwn || function(obj, prop) {", "const hasOwn = function(obj, prop) {"],
  ["const extended = preInstantiate(imports);", ""],
  ["const exports = postInstantiate(extended, instance);", "const { exports } = instance;"],
] as const;

const loaderInPart = {
  name: "loader-in-part",
  transform(code: string, id: string) {
    if (!id.includes("@assemblyscript/loader")) return;
    for (const [theirs, ours] of LEFT_OUT) {
      if (!code.includes(theirs)) throw new Error(`the loader no longer says: ${theirs}`);
      code = code.replaceAll(theirs, ours);
    }
    return code.replaceAll("!Object.hasOwn(", "!hasOwn(");
  },
};

/** Puts another file of a folder `source` in the place of the one with the inlined module, for workerd with the file `wasm`. */
const kernelsFrom = (source: string, folder = "backend", wasm = "core.wasm") => ({
  name: "kernels-from",
  resolveId(id: string) {
    if (id.endsWith("/source/inlined.js"))
      return fileURLToPath(new URL(`src/${folder}/source/${source}.ts`, import.meta.url));
    // The host's to resolve: the module that scripts/build.mjs puts beside.
    if (id.endsWith(".wasm")) return { id: `./${wasm}`, external: true };
    return undefined;
  },
});

/** Constants of other files as numbers: V8 reads a variable for each, which costs a call of ten elements 20 ns. */
export const withInlinedConstants = (options: InputOptions): InputOptions => ({
  ...options,
  optimization: { ...options.optimization, inlineConst: { mode: "all", pass: 3 } },
});

/** Escapes other characters, which only literals have: engines read a file of one byte a character in less time. */
const ascii = {
  name: "ascii",
  generateBundle(_: unknown, bundle: OutputBundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "chunk" || file.fileName.includes(".d.")) continue;
      file.code = file.code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    }
  },
};

const SHARED: UserConfig = {
  format: ["esm", "cjs"],
  platform: "neutral",
  target: "es2022",
  dts: false,
  // With short lines: an engine prints the whole line that threw.
  minify: { compress: true, mangle: true, codegen: { removeWhitespace: false } },
  outputOptions: (options: OutputOptions) => ({
    ...options,
    comments: { legal: true, annotation: true, jsdoc: false },
    plugins: [options.plugins, ascii],
  }),
  sourcemap: true,
  deps: { alwaysBundle: ["@assemblyscript/loader"], onlyBundle: ["@assemblyscript/loader"] },
  checks: { pluginTimings: false },
  logLevel: "warn",
  inputOptions: withInlinedConstants,
};

const entry = (name: string, file: string, more: UserConfig = {}): UserConfig => ({
  ...SHARED,
  entry: { [name]: `src/${file}.ts` },
  ...more,
});

/** The library, with its compiled kernels from one of src/backend/source/. Its types are those of index. */
const library = (name: string, source: string, more: UserConfig = {}): UserConfig =>
  entry(name, "index", { plugins: [loaderInPart, kernelsFrom(source)], ...more });

const libraryIsExternal = {
  name: "library-is-external",
  resolveId: (id: string) => (id === "../index.js" ? { id: "softmax-wasm", external: true } : undefined),
};

/** Beside the library, whichever entry the user's conditions choose for it: it shares that entry's instance. */
const BESIDE_LIBRARY: UserConfig = {
  dts: true,
  // Not `plugins`, which the types for CommonJS are built without.
  inputOptions: (options) => ({ ...withInlinedConstants(options), plugins: [libraryIsExternal, options.plugins] }),
};

const NODE: UserConfig = { platform: "node", fixedExtension: false };

export default defineConfig([
  library("index", "inlined", { dts: true }),
  library("relaxed", "relaxed"),
  library("js", "none"),
  library("workerd", "imported", { format: ["esm"] }),
  entry("threads", "threads/web", { dts: true }),
  entry("threads.node", "threads/node", NODE),
  entry("threads.workerd", "threads/workerd", { format: ["esm"], plugins: [kernelsFrom("imported")] }),
  entry("threads.worker", "threads/worker/web", { dts: true }),
  entry("threads.worker.node", "threads/worker/node", NODE),
  entry("interop", "interop/index", BESIDE_LIBRARY),
  entry("tfjs", "tfjs/index", BESIDE_LIBRARY),
  entry("linear", "linear/index", BESIDE_LIBRARY),
  entry("linear.workerd", "linear/index", {
    ...BESIDE_LIBRARY,
    dts: false,
    format: ["esm"],
    plugins: [kernelsFrom("imported", "linear", "linear.wasm")],
  }),
  entry("shards", "shards/index", BESIDE_LIBRARY),
]);
