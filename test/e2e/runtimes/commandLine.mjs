// The runtimes that are a command: Node, Deno and Bun.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { js, JS_BUILD, NOT_RELAXED, RELAXED, TWO_THREADS, WASM } from "./expected.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";

const run = promisify(execFile);

const MODULES = {
  ESM: "import.mjs",
  CJS: "require.js",
  "ESM ./js": "importJs.mjs",
  "CJS ./js": "requireJs.js",
  "ESM ./relaxed": "importRelaxed.mjs",
  "CJS ./relaxed": "requireRelaxed.js",
  "ESM ./threads": "importThreads.mjs",
  "CJS ./threads": "requireThreads.js",
  "ESM ./linear": "importLinear.mjs",
  "CJS ./linear": "requireLinear.js",
  "ESM ./linear on ./relaxed": "importLinearRelaxed.mjs",
};

// V8 leaves SIMD to processors with SSE4.1, and AVX would imply it.
const NO_SIMD = ["--no-enable-sse4-1", "--no-enable-sse4-2", "--no-enable-ssse3", "--no-enable-avx"];

/** Majors, ascending. */
export const NODES = ["20", "22", "24", "26"];

export function commandLineRows(folder) {
  const row = (runtime, binary, args, format, expected) => ({
    runtime,
    format,
    expected,
    run: () => runIn(folder, binary, [...args, `entries/${MODULES[format]}`]),
  });
  const every = (runtime, binary, relaxed, ...args) => [
    row(runtime, binary, args, "ESM", WASM),
    row(runtime, binary, args, "CJS", WASM),
    row(runtime, binary, args, "ESM ./js", JS_BUILD),
    row(runtime, binary, args, "CJS ./js", JS_BUILD),
    row(runtime, binary, args, "ESM ./relaxed", relaxed),
    row(runtime, binary, args, "CJS ./relaxed", relaxed),
    row(runtime, binary, args, "ESM ./threads", TWO_THREADS),
    row(runtime, binary, args, "CJS ./threads", TWO_THREADS),
    row(runtime, binary, args, "ESM ./linear", WASM),
    row(runtime, binary, args, "CJS ./linear", WASM),
    row(runtime, binary, args, "ESM ./linear on ./relaxed", relaxed),
  ];
  const node = (major) => `node${major}/bin/node`;
  return [
    ...NODES.flatMap((major) => every(`Node ${major}`, node(major), major === "20" ? NOT_RELAXED : RELAXED)),
    ...["20", "26"].flatMap((major) => [
      row(`Node ${major} --jitless`, node(major), ["--jitless"], "ESM", js(/no WebAssembly/)),
      row(`Node ${major} without SSE4.1`, node(major), NO_SIMD, "ESM", js(/SIMD/)),
    ]),
    ...every(
      "Deno",
      "@deno/linux-x64-glibc/deno",
      RELAXED,
      "run",
      "--no-lock",
      "--node-modules-dir=manual",
      "--allow-read",
    ),
    ...every("Bun", "@oven/bun-linux-x64/bin/bun", RELAXED, "run"),
  ];
}

/** A binary of an npm package. */
export function packagedBinary(name) {
  const path = fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Unavailable(`${name} is not installed, npm has it for Linux on x64`);
  return path;
}

/** The number in what `--version` prints. */
export async function versionOf(path) {
  const { stdout } = await run(path, ["--version"]);
  return /\d[\d.-]*\d/.exec(stdout)[0];
}

async function runIn(folder, name, args) {
  const path = packagedBinary(name);
  const version = await versionOf(path);
  const { stdout } = await run(path, args, { cwd: folder, timeout: 120_000 });
  return { version, report: JSON.parse(stdout) };
}
