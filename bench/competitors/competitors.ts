// Who is measured: each writes softmax, or loss and gradient, of the same logits into memory of its own.

import { type Instance, instantiate, type WasmArray } from "softmax-wasm";
import { instantiate as instantiateRelaxed } from "softmax-wasm/relaxed";
import * as textbook from "../../test/reference/textbook.js";
import type { Competitor } from "./competitor.js";
import type { Problem } from "./inputs.js";
import * as tuned from "./tunedJs.js";

/** Doubles last: naive code that has seen both precisions is slower on each. */
export const WORKS = ["softmax", "crossEntropyGrad", "softmaxF64"] as const;
export type Work = (typeof WORKS)[number];

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
/** Where the engine has no relaxed SIMD, the plain build once more. */
const relaxed = instantiateRelaxed({ backend: "wasm" });

export function fieldOf(work: Work, problem: Problem): Field {
  const fields = [
    { competitors: [...plainJsOn(work, problem), jsBackendOn(work, problem)], free: () => {} },
    { competitors: copyingOn(work, problem, wasm, "WASM"), free: () => {} },
    residentOn(work, problem, wasm, "WASM"),
    ...(relaxed.backend().variant === "relaxed" ? [relaxedOn(work, problem)] : []),
  ];
  return {
    competitors: fields.flatMap(({ competitors }) => competitors),
    free: () => fields.forEach(({ free }) => free()),
  };
}

function relaxedOn(work: Work, problem: Problem): Field {
  const { competitors, free } = residentOn(work, problem, relaxed, "relaxed");
  return { competitors: competitors.map((competitor) => ({ ...competitor, name: "WASM relaxed" })), free };
}

/** Competitors that write into an array of their own. */
function given(name: string, length: number, runInto: (out: Float32Array) => () => number): Competitor {
  const out = new Float32Array(length);
  return { name, run: runInto(out), result: () => out };
}

function givenF64(name: string, length: number, write: (out: Float64Array) => void): Competitor {
  const out = new Float64Array(length);
  const run = () => {
    write(out);
    return 0;
  };
  return { name, run, result: () => out };
}

/** Hand-written JavaScript: naive, and tuned where there is such a rival. */
export function plainJsOn(work: Work, problem: Problem): Competitor[] {
  const { rows, cols, x } = problem;
  if (work === "softmaxF64") {
    const doubles = Float64Array.from(x);
    return [givenF64(BASELINE, x.length, (out) => textbook.softmax(doubles, out, rows, cols))];
  }
  const { naive, best } = waysOn(work, problem);
  return [given(BASELINE, x.length, naive), given("tuned JS", x.length, best)];
}

function jsBackendOn(work: Work, problem: Problem): Competitor {
  const { x } = problem;
  if (work === "softmaxF64") {
    const doubles = Float64Array.from(x);
    const shape = shapeOf(problem);
    return givenF64("JS backend", x.length, (out) => js.softmax(doubles, { shape, out }));
  }
  return given("JS backend", x.length, (out) => waysOn(work, problem).library(js, x, out));
}

/** The library on ordinary arrays: into a given one, and in f32 into one that it makes. */
export function copyingOn(work: Work, problem: Problem, by: Instance, name: string): Competitor[] {
  const { x } = problem;
  if (work === "softmaxF64") {
    const doubles = Float64Array.from(x);
    const shape = shapeOf(problem);
    return [givenF64(`${name} copying`, x.length, (out) => by.softmax(doubles, { shape, out }))];
  }
  const { library, fresh } = waysOn(work, problem);
  return [given(`${name} copying`, x.length, (out) => library(by, x, out)), { name: `${name} fresh`, ...fresh(by) }];
}

/** The library in linear memory. */
export function residentOn(work: Work, problem: Problem, by: Instance, name: string): Field {
  return work === "softmaxF64" ? residentOnF64(problem, by, name) : residentOnF32(work, problem, by, name);
}

function residentOnF64(problem: Problem, by: Instance, name: string): Field {
  const from = by.alloc(Float64Array, problem.x.length);
  const to = by.alloc(Float64Array, problem.x.length);
  from.view.set(problem.x);
  const shape = shapeOf(problem);
  const run = () => {
    by.softmax(from, { shape, out: to });
    return 0;
  };
  return { competitors: [{ name: `${name} resident`, run, result: () => to.view }], free: bothOf(from, to) };
}

function residentOnF32(work: WorkF32, problem: Problem, by: Instance, name: string): Field {
  const from = by.alloc(Float32Array, problem.x.length);
  const to = by.alloc(Float32Array, problem.x.length);
  from.view.set(problem.x);
  const run = waysOn(work, problem).library(by, from, to);
  return { competitors: [{ name: `${name} resident`, run, result: () => to.view }], free: bothOf(from, to) };
}

const bothOf = (from: { free: () => void }, to: { free: () => void }) => () => {
  from.free();
  to.free();
};

/** One row needs no shape, and nobody would write it. */
const shapeOf = ({ rows, cols }: Problem) => (rows === 1 ? undefined : [rows, cols]);

type WorkF32 = Exclude<Work, "softmaxF64">;
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

const waysOn = (work: WorkF32, problem: Problem): Ways =>
  work === "softmax" ? softmaxOn(problem) : crossEntropyGradOn(problem);

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
