// Each bundler as it comes: an entry and a place for the output, minified, and nothing else. Each gives the files of the
// bundle and what it warned of.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup, VERSION as rollupVersion } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import { previewAddress } from "./viteServers.mjs";

export const BUNDLERS = [
  { name: "vite build", version: vite.version, bundle: withVite, runsInNode: false, serve: previewAddress },
  { name: "webpack", version: webpack.version, bundle: withWebpack, runsInNode: true },
  { name: "rollup", version: rollupVersion, bundle: withRollup, runsInNode: true },
  { name: "esbuild", version: esbuild.version, bundle: withEsbuild, runsInNode: true },
];

const entryIn = (source) => join(source, "entry.mjs");

/** For bundlers that do not follow `new Worker(new URL(…))`: the worker's file is another entry, where there is one. */
const entriesIn = (source) => [entryIn(source), join(source, "worker.mjs")].filter((path) => existsSync(path));

async function withVite(source) {
  const warnings = [];
  const customLogger = vite.createLogger("warn");
  customLogger.warn = customLogger.warnOnce = (text) => warnings.push(text);
  await vite.build({ root: source, logLevel: "warn", customLogger });
  const assets = join(source, "dist", "assets");
  return { files: readdirSync(assets).map((name) => join(assets, name)), warnings };
}

async function withWebpack(source, out) {
  const path = join(out, "webpack");
  const stats = await new Promise((resolve, reject) => {
    // Of all entries in one file, which is beyond the 244 KiB from which it would warn, and no application's.
    const performance = { hints: false };
    webpack(
      { mode: "production", context: source, entry: entryIn(source), output: { path }, performance },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
  });
  const { warnings, errors } = stats.compilation;
  // Where a worker is, it has a file of its own, named by a number.
  const names = ["main.js", ...readdirSync(path).filter((name) => name !== "main.js")];
  const files = names.map((name) => join(path, name));
  return { files, warnings: [...warnings, ...errors].map(({ message }) => message) };
}

/** Rollup resolves no package and minifies nothing by itself: the customary plugin does the one, esbuild the other. */
async function withRollup(source, out) {
  const warnings = [];
  const onwarn = ({ message }) => warnings.push(message);
  const bundle = await rollup({ input: entriesIn(source), plugins: [nodeResolve()], onwarn });
  const { output } = await bundle.generate({ format: "es" });
  const path = join(out, "rollup");
  mkdirSync(path, { recursive: true });
  const files = [];
  for (const { fileName, code } of output) {
    const minified = await esbuild.transform(code, { minify: true });
    files.push(join(path, fileName.replace(/\.js$/, ".mjs")));
    writeFileSync(files.at(-1), minified.code);
  }
  return { files, warnings };
}

async function withEsbuild(source, out) {
  const outdir = join(out, "esbuild");
  const entryPoints = entriesIn(source);
  // Two that refer to each other by `import.meta.url` have to stay modules.
  const more = entryPoints.length === 1 ? {} : { format: "esm", outExtension: { ".js": ".mjs" } };
  const { warnings } = await esbuild.build({ entryPoints, bundle: true, minify: true, outdir, ...more });
  const files = readdirSync(outdir).map((name) => join(outdir, name));
  return { files, warnings: warnings.map(({ text }) => text) };
}
