// What a browser has to fetch before its first softmax: minified, and compressed by gzip.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const fileOf = (path) => readFileSync(new URL(path, import.meta.url));
const sizeOf = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** A program that takes no more than softmax, loss and gradient; and the files that it fetches then. */
const PAGES = [
  {
    name: "softmax-wasm, softmax alone",
    program: 'export { softmax } from "../../dist/index.js";',
    fetched: [],
  },
  {
    name: "softmax-wasm",
    program: 'export * from "../../dist/index.js";',
    fetched: [],
  },
  {
    name: "tfjs-wasm",
    program: `
      export { losses, setBackend, softmax, tensor2d, valueAndGrad } from "@tensorflow/tfjs-core";
      import "@tensorflow/tfjs-core/dist/register_all_gradients";
      import "@tensorflow/tfjs-backend-wasm";`,
    fetched: ["node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm"],
  },
  {
    name: "onnxruntime-web",
    program: 'export { InferenceSession, Tensor } from "onnxruntime-web/wasm";',
    fetched: ["node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"],
  },
  {
    name: "jax-js",
    program: 'export { init, jit, nn, numpy, valueAndGrad } from "@jax-js/jax";',
    fetched: [],
  },
  {
    name: "transformers.js, softmax alone",
    program: 'export { softmax } from "@huggingface/transformers";',
    fetched: [],
  },
];

export async function measureDownloads() {
  const sizes = [];
  for (const { name, program, fetched } of PAGES) {
    const script = await bundled(program);
    const files = fetched.map((path) => ({ file: path.split("/").at(-1), bytes: sizeOf(fileOf(path)) }));
    const all = [{ file: "script", bytes: script }, ...files];
    sizes.push({ name, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), files: all });
  }
  return sizes;
}

/** The entry and what it imports at once; a chunk that is only asked for later (another backend) does not count. */
async function bundled(program) {
  const { metafile, outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    outdir: "out",
    write: false,
    metafile: true,
    logLevel: "error",
    // What packages name for Node only, behind a check of where they run.
    external: ["node:*", "fs", "path", "util", "crypto", "os", "perf_hooks", "worker_threads", "module", "url"],
  });
  const [entry] = Object.keys(metafile.outputs).filter((path) => metafile.outputs[path].entryPoint !== undefined);
  const wanted = new Set([entry]);
  for (const path of wanted) {
    for (const { path: imported, kind } of metafile.outputs[path].imports) {
      if (kind === "import-statement" && metafile.outputs[imported]) wanted.add(imported);
    }
  }
  return outputFiles
    .filter(({ path }) => [...wanted].some((name) => path.endsWith(name.split("/").at(-1))))
    .reduce((sum, { contents }) => sum + sizeOf(contents), 0);
}
