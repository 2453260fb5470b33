// What an application downloads of the package: bundled and minified by esbuild, compressed by gzip.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

interface Application {
  readonly imports: "everything" | "softmax alone";
  readonly entry: string;
  /** In KiB. The one of the main entry is the package's promise, the others are its share and what may be added. */
  readonly limit: number;
  /** What comes from elsewhere, and is not counted. */
  readonly external?: string;
}

const APPLICATIONS: readonly Application[] = [
  { imports: "everything", entry: "softmax-wasm", limit: 77 },
  // Over the 30 KiB that were the aim: the exact temperature and sums with their errors cost 3 KB, and plain arrays, rows,
  // lengths and the messages that teach another 3, in all functions alike; the passes over batches of short rows and the
  // kernel of one row of few classes, which take half to 0.8 of the time, 7; argmax, topK and sample, in place of a sort of
  // the vocabulary, 7, and 3 more of JavaScript where they are imported; sigmoid, binary losses and entropy 4 and 2; the kernels
  // of shards 3, and those that leave out what a mask does not have 1; that passes hand each other records in scratch, and not
  // global variables, 2; and the precise exponentials of Hessian products 1.
  { imports: "softmax alone", entry: "softmax-wasm", limit: 64 },
  { imports: "everything", entry: "softmax-wasm/js", limit: 30 },
  { imports: "everything", entry: "softmax-wasm/relaxed", limit: 82 },
  { imports: "everything", entry: "softmax-wasm/interop", limit: 7, external: "softmax-wasm" },
  // What reads a call, and its kernels in JavaScript, once more.
  { imports: "everything", entry: "softmax-wasm/shards", limit: 24, external: "softmax-wasm" },
  { imports: "everything", entry: "softmax-wasm/tfjs", limit: 4, external: "softmax-wasm" },
  // The losses once more, because they are called with logits in parts, which the main entry has no function for; and what
  // gives a pool their parts, 3 KiB, and what keeps the place of small calls, 1.
  { imports: "everything", entry: "softmax-wasm/linear", limit: 32, external: "softmax-wasm" },
  { imports: "everything", entry: "softmax-wasm/threads", limit: 92 },
  // A worker is one file: 3 KiB are of linear layers, whose kernels come from their own entry.
  { imports: "everything", entry: "softmax-wasm/threads/worker", limit: 13 },
];

async function sizeOf({ imports, entry, external }: Application): Promise<number> {
  const names = imports === "everything" ? "* as imported" : "{ softmax as imported }";
  const { outputFiles } = await build({
    // On the global object, so that nothing of it is dropped.
    stdin: { contents: `import ${names} from "${entry}"; globalThis.imported = imported;`, resolveDir: "." },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    plugins: [
      {
        name: "external",
        // The main entry by its name or its file, and not the package's other entries.
        setup: (bundler) =>
          bundler.onResolve({ filter: /^(?:softmax-wasm|\.\/index\.js)$/ }, ({ path }) =>
            path === external ? { external: true } : undefined,
          ),
      },
    ],
    write: false,
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

it.each(APPLICATIONS)("an application with $imports of $entry downloads at most $limit KiB", async (application) => {
  const { imports, entry, limit } = application;
  const size = await sizeOf(application);
  console.info(`${imports} of ${entry}: ${size} bytes, ${limit * 1024} allowed`);
  expect(size).toBeLessThanOrEqual(limit * 1024);
  expect(size, "it is in the bundle").toBeGreaterThan((limit * 1024) / 2);
});

it("what is not imported stays out of a bundle", async () => {
  const [all, softmaxAlone] = await Promise.all(APPLICATIONS.slice(0, 2).map(sizeOf));
  expect(softmaxAlone).toBeLessThan(all);
});
