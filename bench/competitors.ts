// Who is measured: each writes softmax, or loss and gradient, of the same logits into memory of its own.

import { type FloatArray, instantiate, type WasmArray } from "softmax-wasm";
import * as textbook from "../test/textbook.js";
import { labelsOf, logitsOf, type Shape } from "./inputs.js";
import * as tuned from "./tunedJs.js";

export const WORKS = ["softmax", "crossEntropyGrad", "softmaxF64"] as const;
export type Work = (typeof WORKS)[number];

export interface Competitor {
  readonly name: string;
  /** Does the work once; gives the loss where there is one. */
  readonly run: () => number;
  /** What the last run wrote. */
  readonly result: () => FloatArray;
}

const wasm = instantiate({ backend: "wasm" });
const js = instantiate({ backend: "js" });

/** The column that ratios are taken from. */
export const BASELINE = "naive JS";

/** Frees what the competitors of a shape hold in linear memory. */
export interface Field {
  readonly competitors: readonly Competitor[];
  free(): void;
}

export function fieldOf(work: Work, size: Shape): Field {
  return work === "softmaxF64" ? fieldOfF64(size) : fieldOfF32(work, size);
}

/** Softmax of doubles. */
function fieldOfF64({ rows, cols }: Shape): Field {
  const x = Float64Array.from(logitsOf({ rows, cols }));
  const shape = rows === 1 ? undefined : [rows, cols];
  const from = wasm.alloc(Float64Array, x.length);
  const to = wasm.alloc(Float64Array, x.length);
  from.view.set(x);
  const given = (name: string, run: (out: Float64Array) => number): Competitor => {
    const out = new Float64Array(x.length);
    return { name, run: () => run(out), result: () => out };
  };
  return {
    competitors: [
      given(BASELINE, (out) => (textbook.softmax(x, out, rows, cols), out[0])),
      given("JS backend", (out) => js.softmax(x, { shape, out })[0]),
      given("WASM copying", (out) => wasm.softmax(x, { shape, out })[0]),
      { name: "WASM resident", run: () => wasm.softmax(from, { shape, out: to }).length, result: () => to.view },
    ],
    free: () => {
      from.free();
      to.free();
    },
  };
}

function fieldOfF32(work: Exclude<Work, "softmaxF64">, size: Shape): Field {
  const { rows, cols } = size;
  const x = logitsOf(size);
  const labels = labelsOf(size);
  // One row needs no shape: nobody would write it.
  const shape = rows === 1 ? undefined : [rows, cols];
  const resident: WasmArray<Float32Array>[] = [wasm.alloc(Float32Array, x.length), wasm.alloc(Float32Array, x.length)];
  resident[0].view.set(x);
  const [from, to] = resident;

  /** One that is given its output. */
  const given = (name: string, run: (out: Float32Array) => number): Competitor => {
    const out = new Float32Array(x.length);
    return { name, run: () => run(out), result: () => out };
  };
  /** One that makes its output. */
  const fresh = (name: string, run: () => { out: Float32Array; loss: number }): Competitor => {
    let last: Float32Array = new Float32Array(0);
    return {
      name,
      run: () => {
        const { out, loss } = run();
        last = out;
        return loss;
      },
      result: () => last,
    };
  };

  const inMemory = (run: () => number): Competitor => ({ name: "WASM resident", run, result: () => to.view });

  const competitors =
    work === "softmax"
      ? [
          given(BASELINE, (out) => (textbook.softmax(x, out, rows, cols), out[0])),
          given("tuned JS", (out) => (tuned.softmax(x, out, rows, cols), out[0])),
          given("JS backend", (out) => js.softmax(x, { shape, out })[0]),
          given("WASM copying", (out) => wasm.softmax(x, { shape, out })[0]),
          fresh("WASM fresh", () => ({ out: wasm.softmax(x, { shape }), loss: 0 })),
          inMemory(() => wasm.softmax(from, { shape, out: to }).length),
        ]
      : [
          given(BASELINE, (out) => textbook.crossEntropyGrad(x, labels, out, rows, cols)),
          given("tuned JS", (out) => tuned.crossEntropyGrad(x, labels, out, rows, cols)),
          given("JS backend", (out) => js.crossEntropyGrad(x, labels, { out }).loss),
          given("WASM copying", (out) => wasm.crossEntropyGrad(x, labels, { out }).loss),
          fresh("WASM fresh", () => {
            const { grad, loss } = wasm.crossEntropyGrad(x, labels);
            return { out: grad, loss };
          }),
          inMemory(() => wasm.crossEntropyGrad(from, labels, { out: to }).loss),
        ];
  return {
    competitors,
    free: () => {
      for (const array of resident) array.free();
    },
  };
}
