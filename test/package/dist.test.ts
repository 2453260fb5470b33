import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import relaxedText from "../../build/relaxed.js";
import linearText from "../../build/linear.js";
import linearRelaxedText from "../../build/linearRelaxed.js";
import wasmText from "../../build/simd.js";
import sharedText from "../../build/shared.js";
import { npm } from "../../scripts/npm.mjs";
import { fromHex, patched } from "../../src/backend/bytes.js";
import * as source from "../../src/index.js";
import * as interopSource from "../../src/interop/index.js";
import * as linearSource from "../../src/linear/index.js";
import * as shardsSource from "../../src/shards/index.js";
import * as tfjsSource from "../../src/tfjs/index.js";
import type * as threads from "../../src/threads/node.js";
import { bitsOf } from "../reference/backends.js";

// The package as it is shipped: dist/, which `npm test` has built.

const require = createRequire(import.meta.url);
const manifest = require("../../package.json") as Record<string, unknown>;

/** Scripts that npm runs by itself, on the user's machine or before publishing. */
const LIFECYCLE = /^(?:pre|post)?(?:install|prepare|pack|publish)(?:Only)?$/;

/** What a file of dist/ imports. Examples are in doc comments, which types alone have. */
const imported = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^ *\*.*$|\bfrom ?"([^"]+)"/gm)].flatMap(
    ([, name]: (string | undefined)[]) => name ?? [],
  );

describe("the package", () => {
  it("gives the same functions to import and to require", async () => {
    const imported = (await import("softmax-wasm")) as typeof source;
    const required = require("softmax-wasm") as typeof source;
    expect(Object.keys(imported).sort()).toEqual(Object.keys(source).sort());
    expect(Object.keys(required).sort()).toEqual(Object.keys(source).sort());
    const x = Float32Array.of(1, 2, 3);
    expect(imported.backend()).toEqual({ kind: "wasm", variant: "simd" });
    expect(imported.softmax(x)).toEqual(source.softmax(x));
    expect(required.softmax(x)).toEqual(source.softmax(x));
  });

  it("has no runtime dependency and no install script", () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.peerDependencies).toBeUndefined();
    expect(Object.keys(manifest.scripts as object).filter((name) => LIFECYCLE.test(name))).toEqual([]);
  });

  it("holds these files and no other", () => {
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const report = npm(".", args, { encoding: "utf8", stdio: "pipe" }) as string;
    const [{ files }] = JSON.parse(report) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path).sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "THIRD_PARTY_NOTICES",
      "core.wasm/package.json",
      "dist/core.wasm",
      "dist/index.cjs",
      "dist/index.cjs.map",
      "dist/index.d.cts",
      "dist/index.d.ts",
      "dist/index.js",
      "dist/index.js.map",
      "dist/interop.cjs",
      "dist/interop.cjs.map",
      "dist/interop.d.cts",
      "dist/interop.d.ts",
      "dist/interop.js",
      "dist/interop.js.map",
      "dist/js.cjs",
      "dist/js.cjs.map",
      "dist/js.js",
      "dist/js.js.map",
      "dist/linear.cjs",
      "dist/linear.cjs.map",
      "dist/linear.d.cts",
      "dist/linear.d.ts",
      "dist/linear.js",
      "dist/linear.js.map",
      "dist/linear.wasm",
      "dist/linear.workerd.js",
      "dist/linear.workerd.js.map",
      "dist/relaxed.cjs",
      "dist/relaxed.cjs.map",
      "dist/relaxed.js",
      "dist/relaxed.js.map",
      "dist/shards.cjs",
      "dist/shards.cjs.map",
      "dist/shards.d.cts",
      "dist/shards.d.ts",
      "dist/shards.js",
      "dist/shards.js.map",
      "dist/tfjs.cjs",
      "dist/tfjs.cjs.map",
      "dist/tfjs.d.cts",
      "dist/tfjs.d.ts",
      "dist/tfjs.js",
      "dist/tfjs.js.map",
      "dist/threads.cjs",
      "dist/threads.cjs.map",
      "dist/threads.d.cts",
      "dist/threads.d.ts",
      "dist/threads.js",
      "dist/threads.js.map",
      "dist/threads.node.cjs",
      "dist/threads.node.cjs.map",
      "dist/threads.node.js",
      "dist/threads.node.js.map",
      "dist/threads.worker.cjs",
      "dist/threads.worker.cjs.map",
      "dist/threads.worker.d.cts",
      "dist/threads.worker.d.ts",
      "dist/threads.worker.js",
      "dist/threads.worker.js.map",
      "dist/threads.worker.node.cjs",
      "dist/threads.worker.node.cjs.map",
      "dist/threads.worker.node.js",
      "dist/threads.worker.node.js.map",
      "dist/threads.workerd.js",
      "dist/threads.workerd.js.map",
      "dist/workerd.js",
      "dist/workerd.js.map",
      "interop/package.json",
      "js/package.json",
      "linear/package.json",
      "package.json",
      "relaxed/package.json",
      "shards/package.json",
      "tfjs/package.json",
      "threads/package.json",
      "threads/worker/package.json",
    ]);
  });

  it("has a folder for each entry, for resolvers that do not read `exports`", () => {
    const names = Object.keys(manifest.exports as object).filter((name) => !/^\.$|\.(?:json|wasm)$/.test(name));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      const stub = require(`../../${name}/package.json`) as Record<string, string>;
      expect(Object.keys(stub)).toEqual(["main", "module", "types"]);
      const resolved = Object.values(stub).map((file) => join(name, file));
      // The types of a CommonJS file, and the files that `exports` names: without the condition "node".
      const targets = (manifest.exports as Record<string, Partial<Record<string, object>>>)[name];
      const { import: esm, require: cjs } = (targets.default ?? targets) as Record<string, Record<string, string>>;
      expect(resolved).toEqual([cjs.default, esm.default, cjs.types].map((file) => join(file)));
      for (const file of resolved) expect(readFileSync(file, "utf8").length).toBeGreaterThan(0);
    }
  });

  it("has a folder for the module as a file too, whose types are left to what imports it", () => {
    const stub = require("../../core.wasm/package.json") as Record<string, string>;
    expect(Object.keys(stub)).toEqual(["main"]);
    const { "./core.wasm": target } = manifest.exports as Record<string, string>;
    expect(join("core.wasm", stub.main)).toBe(join(target));
    expect(readFileSync(target).equals(readFileSync("build/simd.wasm"))).toBe(true);
  });

  it("does nothing at import that a frozen realm or an AudioWorklet refuses", () => {
    const text = readFileSync("dist/index.cjs", "utf8");
    expect(text).not.toMatch(/TextDecoder|Object\.hasOwn ?=|\batob\b/);
    const script = `
      "use strict";
      for (const name of ["TextDecoder", "atob", "fetch", "WebAssembly"]) delete globalThis[name];
      Object.freeze(Object); Object.freeze(Object.prototype);
      const { softmax, backend } = require("./dist/index.cjs");
      console.log(backend().kind, softmax(Float32Array.of(1, 2)).join());`;
    const run = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(run.trim()).toBe(`js ${source.softmax(Float32Array.of(1, 2)).join()}`);
  });

  it("has its WebAssembly where a frozen realm decodes nothing", () => {
    const script = `
      "use strict";
      for (const name of ["TextDecoder", "atob", "Buffer"]) delete globalThis[name];
      delete Uint8Array.fromHex;
      for (const it of [Object, Uint8Array, DataView]) { Object.freeze(it); Object.freeze(it.prototype); }
      const { softmax, backend } = require("./dist/index.cjs");
      process.stdout.write(backend().kind + " " + softmax(Float32Array.of(1, 2)).join());`;
    const run = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(run).toBe(`wasm ${source.softmax(Float32Array.of(1, 2)).join()}`);
  });

  it.each([
    ...["index.js", "index.cjs", "js.js", "js.cjs", "relaxed.js", "relaxed.cjs", "interop.js", "interop.cjs"],
    ...["tfjs.js", "tfjs.cjs", "linear.js", "linear.cjs", "linear.workerd.js", "shards.js", "shards.cjs"],
    "workerd.js",
  ])("makes no code of text, and asks neither network nor files: dist/%s", (name) => {
    const text = readFileSync(`dist/${name}`, "utf8");
    const FORBIDDEN = [
      /\beval\b/,
      /\bFunction\b/,
      /\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|Worker)\b/,
      /\bimport ?\(/,
      /\bnode:|["'`](?:fs|net|http|https|child_process|worker_threads)["'`]/,
      /\b(?:process|Deno|Bun|globalThis\.(?:require|process))\b/,
      /\bset(?:Timeout|Interval) ?\(/,
    ];
    for (const pattern of FORBIDDEN) expect(text).not.toMatch(pattern);
    const required = [...text.matchAll(/\brequire\(([^)]*)\)/g)].map(([, what]) => what);
    expect(required).toEqual(/^(?:interop|linear|shards|tfjs)\.cjs$/.test(name) ? ['"softmax-wasm"'] : []);
  });
});

describe("the entry ./js", () => {
  it("gives the same functions and bits in JavaScript, to import and to require", async () => {
    const imported = (await import("softmax-wasm/js")) as typeof source;
    const required = require("softmax-wasm/js") as typeof source;
    const x = Float32Array.of(1, 2, 3);
    for (const entry of [imported, required]) {
      expect(Object.keys(entry).sort()).toEqual(Object.keys(source).sort());
      expect(entry.backend()).toEqual({ kind: "js", variant: "scalar", reason: "the JavaScript build" });
      expect(entry.softmax(x)).toEqual(source.softmax(x));
      expect(() => entry.instantiate({ backend: "wasm" })).toThrow(
        'backend: expected "wasm" to be possible, got: the JavaScript build',
      );
    }
  });

  it.each(["js.js", "js.cjs"])("has neither the bytes nor a word of WebAssembly: dist/%s", (name) => {
    const text = readFileSync(`dist/${name}`, "utf8");
    expect(text).not.toContain(wasmText.slice(0, 16));
    expect(text).not.toMatch(/WebAssembly/);
  });
});

describe("the entry ./relaxed", () => {
  const isTaken = WebAssembly.validate(patched(fromHex(wasmText), fromHex(relaxedText)));
  const x = Float32Array.from({ length: 300 }, (_, i) => 10 * Math.sin(i));
  const plain = { kind: "wasm", variant: "simd", reason: "this engine has no relaxed SIMD" };

  /** 4 ulp are promised of either; the smallest of these probabilities is 5e-11. */
  const expectWithinUlps = (p: ArrayLike<number>) => {
    const expected = source.softmax(x);
    expect(p).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs(p[i] - value), `p[${i}]`).toBeLessThanOrEqual(8 * 2 ** -23 * value);
    });
  };

  it("gives the same functions to import and to require, by the build that the engine takes", async () => {
    const imported = (await import("softmax-wasm/relaxed")) as typeof source;
    const required = require("softmax-wasm/relaxed") as typeof source;
    for (const entry of [imported, required]) {
      expect(Object.keys(entry).sort()).toEqual(Object.keys(source).sort());
      expect(entry.backend()).toEqual(isTaken ? { kind: "wasm", variant: "relaxed" } : plain);
      expect(entry.instantiate({ backend: "wasm" }).backend()).toEqual(entry.backend());
      if (!isTaken) expect(entry.softmax(x)).toEqual(source.softmax(x));
      expectWithinUlps(entry.softmax(x));
    }
  });

  const answerOf = (flags: readonly string[], prepare: string) => {
    const script = `${prepare};
      const { softmax, backend } = require("./dist/relaxed.cjs");
      const x = Float32Array.from({ length: 300 }, (_, i) => 10 * Math.sin(i));
      console.log(JSON.stringify([backend(), [...softmax(x)]]))`;
    const run = execFileSync(process.execPath, [...flags, "-e", script], { encoding: "utf8" });
    return JSON.parse(run) as [unknown, number[]];
  };

  it("is the library as it comes by default where WebAssembly.validate refuses relaxed SIMD", () => {
    const [backend, p] = answerOf([], "WebAssembly.validate = () => false");
    expect(backend).toEqual(plain);
    expect(p).toEqual([...source.softmax(x)]);
  });

  it("is JavaScript without WebAssembly, with the reason", () => {
    const [backend, p] = answerOf([], "delete globalThis.WebAssembly");
    expect(backend).toEqual({ kind: "js", variant: "scalar", reason: "this engine has no WebAssembly" });
    expect(p).toEqual([...source.softmax(x)]);
  });

  // A Node that has relaxed SIMD behind a flag.
  it.runIf(process.version.startsWith("v20."))("is relaxed as soon as the engine allows it", () => {
    const [backend, p] = answerOf(["--experimental-wasm-relaxed-simd"], "");
    expect(backend).toEqual({ kind: "wasm", variant: "relaxed" });
    expectWithinUlps(p);
  });

  it.each(["relaxed.js", "relaxed.cjs"])("holds both builds, each once: dist/%s", (name) => {
    const text = readFileSync(`dist/${name}`, "utf8");
    for (const build of [wasmText, relaxedText]) expect(text.split(build).length - 1).toBe(1);
  });

  it("alone holds the relaxed build, and is the plain one in workerd", () => {
    for (const name of ["index.js", "index.cjs", "js.js", "threads.js", "workerd.js"]) {
      expect(readFileSync(`dist/${name}`, "utf8")).not.toContain(relaxedText);
    }
    const { "./relaxed": entry, ".": main } = manifest.exports as Record<string, { workerd: object }>;
    expect(Object.keys(entry)).toEqual(["workerd", "import", "require"]);
    expect(entry.workerd).toEqual(main.workerd);
  });
});

describe("the entry ./interop", () => {
  it("gives the same functions to import and to require, on the instance of the library", async () => {
    const pairs = [
      [await import("softmax-wasm/interop"), await import("softmax-wasm")],
      [require("softmax-wasm/interop"), require("softmax-wasm")],
    ] as [typeof interopSource, typeof source][];
    for (const [interop, library] of pairs) {
      expect(Object.keys(interop).sort()).toEqual(Object.keys(interopSource).sort());
      const resident = library.alloc(Float32Array, 3);
      resident.view.set([1, 2, 3]);
      expect(interop.softmax(resident, { out: resident })).toBe(resident);
      expect(resident.view).toEqual(library.softmax(Float32Array.of(1, 2, 3)));
      resident.free();
    }
  });

  it("has nothing of the library but checks, and imports it", () => {
    expect(imported("dist/interop.js")).toEqual(["softmax-wasm"]);
    expect(readFileSync("dist/interop.cjs", "utf8")).toContain('require("softmax-wasm")');
    for (const name of ["interop.d.ts", "interop.d.cts"]) expect(imported(`dist/${name}`)).toEqual(["softmax-wasm"]);
  });
});

describe("the entry ./shards", () => {
  it("gives the same functions to import and to require, on the library's instance", async () => {
    for (const entry of [
      await import("softmax-wasm/shards"),
      require("softmax-wasm/shards"),
    ] as (typeof shardsSource)[]) {
      expect(Object.keys(entry).sort()).toEqual(Object.keys(shardsSource).sort());
      const states = entry.merge(entry.partial([20], { labels: 0 }), entry.partial([0], { labels: 0, offset: 1 }));
      expect(entry.crossEntropyOf(states)).toBe(source.crossEntropy([20, 0], 0));
    }
    expect(imported("dist/shards.js")).toEqual(["softmax-wasm"]);
    for (const name of ["shards.d.ts", "shards.d.cts"]) expect(imported(`dist/${name}`)).toEqual(["softmax-wasm"]);
  });
});

describe("the entry ./tfjs", () => {
  it("gives the same functions to import and to require, and imports the library alone", async () => {
    for (const entry of [await import("softmax-wasm/tfjs"), require("softmax-wasm/tfjs")] as (typeof tfjsSource)[]) {
      expect(Object.keys(entry).sort()).toEqual(Object.keys(tfjsSource).sort());
    }
    expect(imported("dist/tfjs.js")).toEqual(["softmax-wasm"]);
    for (const name of ["tfjs.d.ts", "tfjs.d.cts"]) expect(imported(`dist/${name}`)).toEqual(["softmax-wasm"]);
  });
});

describe("the entry ./linear", () => {
  const layer = { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0, 1) };

  it.each(["import", "require"])("works on a pool of ./threads: by %s", async (way) => {
    const { createPool } = (
      way === "import" ? await import("softmax-wasm/threads") : require("softmax-wasm/threads")
    ) as typeof threads;
    const linear = (
      way === "import" ? await import("softmax-wasm/linear") : require("softmax-wasm/linear")
    ) as typeof linearSource;
    const pool = await createPool({ threads: 2 });
    const [rows, features, classes] = [100, 300, 700];
    const x = Float32Array.from({ length: rows * features }, (_, i) => Math.sin(i));
    const weight = pool.alloc(Float32Array, classes * features);
    weight.view.forEach((_, i, view) => (view[i] = Math.cos(i)));
    const labels = Int32Array.from({ length: rows }, (_, i) => i);
    const expected = linearSource.linearCrossEntropyGrad(x, { weight: weight.view.slice() }, labels);
    // First on the calling thread, then with workers.
    for (let call = 0; call < 5; call++) {
      expect(await linear.linearOn(pool).linearCrossEntropyGrad(x, { weight }, labels)).toEqual(expected);
    }
    await pool.terminate();
  });

  it("gives the same functions to import and to require, on the instance of the library", async () => {
    const pairs = [
      [await import("softmax-wasm/linear"), await import("softmax-wasm")],
      [require("softmax-wasm/linear"), require("softmax-wasm")],
    ] as [typeof linearSource, typeof source][];
    for (const [linear, library] of pairs) {
      expect(Object.keys(linear).sort()).toEqual(Object.keys(linearSource).sort());
      const [x, out, gradX] = [2, 2, 2].map((length) => library.alloc(Float32Array, length));
      x.view.set([1, 2]);
      expect(linear.linear(x, layer, { out })).toBe(out);
      expect([...out.view]).toEqual([5, 12]);
      const got = linear.linearCrossEntropyGrad(x, layer, [1], { out: { x: gradX } });
      expect(got.gradX).toBe(gradX);
      expect([...gradX.view]).toEqual([...linearSource.linearCrossEntropyGrad(x.view.slice(), layer, [1]).gradX]);
      for (const array of [x, out, gradX]) array.free();
    }
  });

  it("imports the library alone, and holds a module of its own", () => {
    expect(imported("dist/linear.js")).toEqual(["softmax-wasm"]);
    for (const name of ["linear.d.ts", "linear.d.cts"]) expect(imported(`dist/${name}`)).toEqual(["softmax-wasm"]);
    for (const name of ["linear.js", "linear.cjs"]) {
      const text = readFileSync(`dist/${name}`, "utf8");
      for (const build of [linearText, linearRelaxedText]) expect(text.split(build).length - 1).toBe(1);
      expect(text).not.toContain(wasmText.slice(0, 200));
    }
    expect(imported("dist/linear.workerd.js")).toEqual(["softmax-wasm", "./linear.wasm"]);
    const workerd = readFileSync("dist/linear.workerd.js", "utf8");
    for (const build of [linearText.slice(0, 200), linearRelaxedText]) expect(workerd).not.toContain(build);
    expect(readFileSync("dist/linear.wasm").equals(fromHex(linearText)), "the bytes of the others").toBe(true);
    const { "./linear": entry } = manifest.exports as Record<string, object>;
    expect(Object.keys(entry)).toEqual(["workerd", "import", "require"]);
  });

  it.each([
    ["without WebAssembly", "delete globalThis.WebAssembly"],
    ["where nothing is compiled", "WebAssembly.Module = function () { throw new WebAssembly.CompileError('no') }"],
  ])("computes in JavaScript with the same bits %s", (_, prepare) => {
    const script = `${prepare};
      const { linear, linearCrossEntropyGrad } = require("./dist/linear.cjs");
      const layer = { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0, 1) };
      const x = Float32Array.of(0.1, 0.2, 0.3, 0.4);
      const all = [linear(x, layer), ...Object.values(linearCrossEntropyGrad(x, layer, [1, 0]))];
      console.log(JSON.stringify(all.map((it) => typeof it === "number" ? it : [...it])))`;
    const run = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as unknown;
    const x = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    const { loss, gradX, gradWeight, gradBias } = linearSource.linearCrossEntropyGrad(x, layer, [1, 0]);
    const [logits, ...gradients] = [linearSource.linear(x, layer), gradX, gradWeight, gradBias].map((it) => [...it]);
    expect(run).toEqual([logits, loss, ...gradients]);
  });

  // A Node that has relaxed SIMD behind a flag.
  it.runIf(process.version.startsWith("v20."))("multiplies with relaxed SIMD on an instance of ./relaxed alone", () => {
    const script = `
      const compiled = [];
      const { Module } = WebAssembly;
      WebAssembly.Module = new Proxy(Module, { construct: (_, [bytes]) => compiled.push(bytes) && new Module(bytes) });
      const { linear, linearOn } = require("softmax-wasm/linear");
      const x = Float32Array.of(1, 1 + 2 ** -12);
      const layer = { weight: Float32Array.of(-1 - 2 ** -11, 1 + 2 ** -12) };
      const results = [linear, linearOn(require("softmax-wasm/relaxed")).linear].map((multiply) => multiply(x, layer)[0]);
      console.log(JSON.stringify([results, Buffer.from(compiled.at(-1)).toString("hex")]))`;
    const args = ["--experimental-wasm-relaxed-simd", "-e", script];
    const [[plain, relaxed], module] = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as [
      number[],
      string,
    ];
    expect(plain).toBe(0);
    // Where the processor does not fuse, the same.
    expect([0, 2 ** -24]).toContain(relaxed);
    expect(module === readFileSync("build/linearRelaxed.wasm", "hex") || "another module").toBe(true);
  });

  it("has a module that imports memory, and exports the kernels and nothing else", () => {
    const module = new WebAssembly.Module(fromHex(linearText));
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    const kernels = ["multiply", "addRows", "pack", "packTurned", "copyColumns"];
    expect(names.sort()).toEqual(
      [...kernels.flatMap((name) => [name, `${name}F64`]), "memory", "unreachableAbort"].sort(),
    );
  });
});

describe("the entry ./threads", () => {
  it("gives a pool to import and to require, of workers of Node", async () => {
    const x = new Float32Array(64 * 8000).fill(1);
    const expected = bitsOf(source.softmax(x, { shape: [64, 8000] }));
    for (const entry of [await import("softmax-wasm/threads"), require("softmax-wasm/threads")] as (typeof threads)[]) {
      expect(Object.keys(entry)).toEqual(["createPool"]);
      const pool = await entry.createPool({ threads: 2 });
      expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 2 });
      const p = await pool.softmax(x, { shape: [64, 8000] });
      expect(bitsOf(p) === expected, "the bits of one thread").toBe(true);
      await pool.terminate();
    }
  });

  it("lets bundlers drop everything that is not used but the workers' files, which a user imports for what they do", () => {
    const { exports, sideEffects } = manifest as { exports: Record<string, unknown>; sideEffects: string[] };
    const files = [...JSON.stringify(exports["./threads/worker"]).matchAll(/"([^"]+\.c?js)"/g)].map(([, file]) => file);
    expect(files.length).toBe(4);
    expect([...sideEffects].sort()).toEqual(files.sort());
  });

  it("knows nothing of Node by default, and holds the kernels of each kind of memory once", () => {
    for (const name of ["threads", "threads.node", "threads.worker", "threads.worker.node"]) {
      for (const text of ["js", "cjs"].map((ending) => readFileSync(`dist/${name}.${ending}`, "utf8"))) {
        if (!name.endsWith("node")) expect(text).not.toMatch(/node:/);
        for (const kernels of [wasmText, sharedText])
          expect(text.split(kernels).length - 1).toBe(name.includes("worker") ? 0 : 1);
      }
    }
    expect(imported("dist/threads.js")).toEqual([]);
  });

  it.each(["esm", "cjs"])("has a worker for `createPool({ worker })`: %s", async (format) => {
    const { createPool } = (await import("softmax-wasm/threads")) as typeof threads;
    const script = format === "cjs" ? 'require("softmax-wasm/threads/worker")' : 'import "softmax-wasm/threads/worker"';
    const folder = mkdtempSync(join(process.cwd(), "test", "worker-"));
    const file = join(folder, format === "cjs" ? "worker.cjs" : "worker.mjs");
    writeFileSync(file, script);
    try {
      const pool = await createPool({ threads: 2, worker: () => new Worker(file) });
      expect(pool.backend()).toEqual({ kind: "wasm", variant: "simd", threads: 2 });
      await pool.terminate();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the entries for workerd", () => {
  it.each(["workerd.js", "threads.workerd.js"])(
    "import the module from the file beside them, and nothing else: dist/%s",
    (name) => {
      expect(imported(`dist/${name}`)).toEqual(["./core.wasm"]);
      expect(readFileSync(`dist/${name}`, "utf8")).not.toContain(wasmText.slice(0, 16));
      expect(readFileSync("dist/core.wasm").equals(fromHex(wasmText)), "the bytes of the others").toBe(true);
    },
  );

  it("come before all others, which their resolvers know too", () => {
    const { ".": main, "./threads": threads } = manifest.exports as Record<string, object>;
    expect(Object.keys(main)).toEqual(["workerd", "import", "require"]);
    expect(Object.keys(threads)).toEqual(["workerd", "node", "default"]);
  });
});

describe("the WebAssembly module", () => {
  const module = new WebAssembly.Module(fromHex(wasmText));

  it("imports nothing", () => {
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  it("exports the kernels, its memory, and nothing else", () => {
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "add",
      "addF64",
      "argmax",
      "argmaxF64",
      "binaryCrossEntropy",
      "binaryCrossEntropyF64",
      "binaryCrossEntropyGrad",
      "binaryCrossEntropyGradF64",
      "compress",
      "compressF64",
      "countChunks",
      "countChunksF64",
      "crossEntropy",
      "crossEntropyF64",
      "crossEntropyGrad",
      "crossEntropyGradF64",
      "crossEntropyHvp",
      "crossEntropyHvpF64",
      "entropy",
      "entropyF64",
      "expand",
      "expandF64",
      "fillAbsent",
      "fillAbsentF64",
      "heapBase",
      "logSoftmax",
      "logSoftmaxBackward",
      "logSoftmaxBackwardF64",
      "logSoftmaxF64",
      "logSumExp",
      "logSumExpF64",
      "memory",
      "partial",
      "partialF64",
      "sample",
      "sampleF64",
      "select",
      "selectF64",
      "sigmoid",
      "sigmoidF64",
      "smoothTargets",
      "smoothTargetsF64",
      "softmax",
      "softmaxBackward",
      "softmaxBackwardF64",
      "softmaxF64",
      "softmaxFrom",
      "softmaxFromF64",
      "topK",
      "topKF64",
      "unreachableAbort",
    ]);
  });
});

describe("the backend", () => {
  it("is WebAssembly by itself", () => {
    expect(source.backend()).toEqual({ kind: "wasm", variant: "simd" });
  });

  it("is JavaScript when asked for, and says so", () => {
    expect(source.instantiate({ backend: "js" }).backend()).toEqual({
      kind: "js",
      variant: "scalar",
      reason: "asked for",
    });
  });

  it.each([
    ["without WebAssembly", "delete globalThis.WebAssembly", "this engine has no WebAssembly"],
    [
      "where compiling is forbidden, as by a content security policy",
      "WebAssembly.Module = function () { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder') }",
      "Wasm code generation disallowed by embedder",
    ],
  ])("is JavaScript %s, with the reason", (_, prepare, reason) => {
    const script = `${prepare};
      const { softmax, instantiate, backend } = require("./dist/index.cjs");
      let refused; try { instantiate({ backend: "wasm" }) } catch (e) { refused = [e.constructor.name, e.code, e.message] }
      console.log(JSON.stringify([backend(), [...softmax(Float32Array.of(1, 2, 3))], refused]))`;
    const run = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as unknown;
    const refused = ["RangeError", "ERR_BACKEND", `backend: expected "wasm" to be possible, got: ${reason}`];
    const p = [...source.softmax(Float32Array.of(1, 2, 3))];
    expect(run).toEqual([{ kind: "js", variant: "scalar", reason }, p, refused]);
  });

  it.each(["index.cjs", "relaxed.cjs"])("is compiled once for all instances, unless that failed: dist/%s", (name) => {
    const script = `let tries = 0;
      const construct = (target, args) => {
        if (++tries === 1) throw new WebAssembly.CompileError("not now");
        return new target(...args);
      };
      WebAssembly.Module = new Proxy(WebAssembly.Module, { construct });
      const { instantiate } = require("./dist/${name}");
      const kinds = [1, 2, 3, 4].map(() => instantiate().backend().kind);
      console.log(JSON.stringify([kinds, tries]))`;
    const run = JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as unknown;
    expect(run).toEqual([["js", "wasm", "wasm", "wasm"], 2]);
  });

  it.runIf(process.arch === "x64")("is JavaScript on a processor without SSE4.1, with the same bits", () => {
    const script = `const { softmax, backend } = require("./dist/index.cjs");
      console.log(JSON.stringify([backend().kind, [...softmax(Float32Array.of(1, 2, 3))]]))`;
    const flags = ["--no-enable-sse4-1", "--no-enable-avx", "--no-enable-sse4-2", "--no-enable-ssse3", "-e", script];
    const run = JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" })) as unknown;
    expect(run).toEqual(["js", [...source.softmax(Float32Array.of(1, 2, 3))]]);
  });
});
