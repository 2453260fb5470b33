// Who is measured: each writes softmax, or loss and gradient, of the same logits into memory of its own.

import { type FloatArray, type Instance, instantiate, type WasmArray } from "softmax-wasm";
import * as textbook from "../test/textbook.js";
import type { Problem } from "./inputs.js";
import * as tuned from "./tunedJs.js";

/** Doubles last: naive code that has seen both precisions is slower on each. */
export const WORKS = ["softmax", "crossEntropyGrad", "softmaxF64"] as const;
export type Work = (typeof WORKS)[number];

export interface Competitor {
  readonly name: string;
  /** Does the work once, into memory that outlives it. The mean loss, or 0 for softmax. */
  readonly run: () => number;
  /** What the last run wrote. */
  readonly result: () => FloatArray;
}

/** The competitors on one problem. `free` gives back what they hold in linear memory. */
export interface Field {
  readonly competitors: readonly Competitor[];
  readonly free: () => void;
}

/** The column that ratios are taken from. */
export const BASELINE = "naive JS";

// The library's one wrapper serves every column, so it is compiled for all of them: a copied row of ten takes about 12 %
// longer than in a program with one kind of call (README.md).
const wasm = instantiate({ backend: "wasm" });
const js = instantiate({ backend: "js" });

export function fieldOf(work: Work, problem: Problem): Field {
  return work === "softmaxF64" ? fieldOfF64(problem) : fieldOfF32(work, problem);
}

/** Softmax of doubles, of which there is no tuned rival. */
function fieldOfF64({ rows, cols, x: logits }: Problem): Field {
  const x = Float64Array.from(logits);
  const from = wasm.alloc(Float64Array, x.length);
  const to = wasm.alloc(Float64Array, x.length);
  from.view.set(x);
  const shape = rows === 1 ? undefined : [rows, cols];
  const given = (name: string, write: (out: Float64Array) => void): Competitor => {
    const out = new Float64Array(x.length);
    const run = () => {
      write(out);
      return 0;
    };
    return { name, run, result: () => out };
  };
  const resident = () => {
    wasm.softmax(from, { shape, out: to });
    return 0;
  };
  const competitors = [
    given(BASELINE, (out) => textbook.softmax(x, out, rows, cols)),
    given("JS backend", (out) => js.softmax(x, { shape, out })),
    given("WASM copying", (out) => wasm.softmax(x, { shape, out })),
    { name: "WASM resident", run: resident, result: () => to.view },
  ];
  const free = () => {
    from.free();
    to.free();
  };
  return { competitors, free };
}

function fieldOfF32(work: Exclude<Work, "softmaxF64">, problem: Problem): Field {
  const { x } = problem;
  const from = wasm.alloc(Float32Array, x.length);
  const to = wasm.alloc(Float32Array, x.length);
  from.view.set(x);
  const given = (name: string, runInto: (out: Float32Array) => () => number): Competitor => {
    const out = new Float32Array(x.length);
    return { name, run: runInto(out), result: () => out };
  };
  const { naive, best, library, fresh } = work === "softmax" ? softmaxOn(problem) : crossEntropyGradOn(problem);
  const competitors = [
    given(BASELINE, naive),
    given("tuned JS", best),
    given("JS backend", (out) => library(js, x, out)),
    given("WASM copying", (out) => library(wasm, x, out)),
    { name: "WASM fresh", ...fresh(wasm) },
    { name: "WASM resident", run: library(wasm, from, to), result: () => to.view },
  ];
  const free = () => {
    from.free();
    to.free();
  };
  return { competitors, free };
}

type Array32 = Float32Array | WasmArray<Float32Array>;

/** One work, done in each way. */
interface Ways {
  readonly naive: (out: Float32Array) => () => number;
  readonly best: (out: Float32Array) => () => number;
  /** By the library, from where the logits are to where the result shall be. */
  readonly library: (by: Instance, from: Array32, out: Array32) => () => number;
  /** By the library, which makes the result's array. */
  readonly fresh: (by: Instance) => Omit<Competitor, "name">;
}

function softmaxOn({ rows, cols, x }: Problem): Ways {
  const shape = [rows, cols];
  // Options are written at the call, as users do. One row needs no shape, and nobody would write it.
  return {
    naive: (out) => () => {
      textbook.softmax(x, out, rows, cols);
      return 0;
    },
    best: (out) => () => {
      tuned.softmax(x, out, rows, cols);
      return 0;
    },
    library: (by, from, out) =>
      rows === 1
        ? () => {
            by.softmax(from, { out });
            return 0;
          }
        : () => {
            by.softmax(from, { shape, out });
            return 0;
          },
    fresh: (by) => {
      let made: Float32Array = new Float32Array();
      const run = () => {
        made = rows === 1 ? by.softmax(x) : by.softmax(x, { shape });
        return 0;
      };
      return { run, result: () => made };
    },
  };
}

function crossEntropyGradOn({ rows, cols, x, labels }: Problem): Ways {
  return {
    naive: (out) => () => textbook.crossEntropyGrad(x, labels, out, rows, cols),
    best: (out) => () => tuned.crossEntropyGrad(x, labels, out, rows, cols),
    library: (by, from, out) => () => by.crossEntropyGrad(from, labels, { out }).loss,
    fresh: (by) => {
      let made: Float32Array = new Float32Array();
      const run = () => {
        const { loss, grad } = by.crossEntropyGrad(x, labels);
        made = grad;
        return loss;
      };
      return { run, result: () => made };
    },
  };
}
