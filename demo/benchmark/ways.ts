// The ways that are measured. Each run writes to memory that outlives it.

import type { Instance } from "softmax-wasm";
import type { Problem } from "../../bench/competitors/inputs.js";
import * as textbook from "../../test/reference/textbook.js";
import type { WayName, Work } from "./messages.js";

export interface Way {
  readonly name: WayName;
  /** Returns the mean loss, or 0 for softmax. */
  readonly run: () => number;
  /** What the last run wrote. */
  readonly result: () => Float32Array;
}

/** The ways to compute one function on one problem. `free` releases their memory. */
export interface Ways {
  readonly ways: readonly Way[];
  readonly free: () => void;
}

export function waysOf(work: Work, problem: Problem, library: Instance): Ways {
  const { rows, cols, x, labels } = problem;
  // One row needs no shape.
  const shape = rows === 1 ? undefined : [rows, cols];
  const plain = new Float32Array(x.length);
  const copied = new Float32Array(x.length);
  const from = library.alloc(Float32Array, x.length);
  const to = library.alloc(Float32Array, x.length);
  from.view.set(x);

  const runs: Record<WayName, () => number> =
    work === "softmax"
      ? {
          naive: () => {
            textbook.softmax(x, plain, rows, cols);
            return 0;
          },
          copied: () => {
            library.softmax(x, { shape, out: copied });
            return 0;
          },
          resident: () => {
            library.softmax(from, { shape, out: to });
            return 0;
          },
        }
      : {
          naive: () => textbook.crossEntropyGrad(x, labels, plain, rows, cols),
          copied: () => library.crossEntropyGrad(x, labels, { out: copied }).loss,
          resident: () => library.crossEntropyGrad(from, labels, { out: to }).loss,
        };

  const ways: Way[] = [
    { name: "naive", run: runs.naive, result: () => plain },
    { name: "copied", run: runs.copied, result: () => copied },
  ];
  if (library.backend().kind === "wasm") ways.push({ name: "resident", run: runs.resident, result: () => to.view });
  return {
    ways,
    free: () => {
      from.free();
      to.free();
    },
  };
}
