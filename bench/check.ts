import * as textbook from "../test/textbook.js";
import type { Competitor, Work } from "./competitors.js";
import { labelsOf, logitsOf, type Shape } from "./inputs.js";

/**
 * Textbook code rounds x − max: off by an ulp of |x − max|, here at most 30 ulp relative, 2e-6 in f32. Five times that
 * lets everything pass that computes the formula, and nothing else. In f64 nobody rounds to f32: 2^-29 of it.
 */
const TOLERANCE = { softmax: 1e-5, crossEntropyGrad: 1e-5, softmaxF64: 2e-14 };

/** Runs each once and holds its result against the textbook formula in f64. A wrong result is not worth timing. */
export function checkAll(work: Work, size: Shape, competitors: readonly Competitor[]): void {
  const { rows, cols } = size;
  const x = Float64Array.from(logitsOf(size));
  const tolerance = TOLERANCE[work];
  const truth = new Float64Array(x.length);
  let loss = 0;
  if (work !== "crossEntropyGrad") textbook.softmax(x, truth, rows, cols);
  else loss = textbook.crossEntropyGrad(x, labelsOf(size), truth, rows, cols);
  for (const { name, run, result } of competitors) {
    const value = run();
    if (work === "crossEntropyGrad" && !(Math.abs(value - loss) <= tolerance * loss)) {
      throw new Error(`${name}, ${rows}x${cols}: expected a loss of ${loss}, got ${value}`);
    }
    const array = result();
    for (let i = 0; i < truth.length; i++) {
      // A gradient is a difference of numbers up to 1/rows: its error is measured against that.
      const scale = work !== "crossEntropyGrad" ? truth[i] : Math.max(Math.abs(truth[i]), 0.01 / rows);
      if (!(Math.abs(array[i] - truth[i]) <= tolerance * scale)) {
        throw new Error(`${name}, ${rows}x${cols}, element ${i}: expected ${truth[i]}, got ${array[i]}`);
      }
    }
  }
}
