import type * as Textbook from "../test/textbook.js";
import type { Competitor, Work } from "./competitors.js";
import type { Problem } from "./inputs.js";

// A second copy of the module. The first is timed as naive JavaScript on f32, and would be compiled for f64 too, which
// costs its softmax 1 to 3 %.
const copy = new URL("../test/textbook.js?f64", import.meta.url).href;
const textbook = (await import(copy)) as typeof Textbook;

/**
 * Relative. Code in f32 throughout rounds x − max, which puts its exponential off by 2^-24·|x − max|: at most 2e-6, with
 * logits of deviation 3 less than 32 apart. Five times that lets everything pass that computes the formula, and nothing
 * else. In f64 the same, 2^-29 of it.
 */
const TOLERANCE = { softmax: 1e-5, crossEntropyGrad: 1e-5, softmaxF64: 1e-5 * 2 ** -29 };

/** Runs each once and holds its result against the textbook formula in f64. A wrong result is not worth timing. */
export function checkAll(work: Work, { rows, cols, x, labels }: Problem, competitors: readonly Competitor[]): void {
  const tolerance = TOLERANCE[work];
  const truth = new Float64Array(x.length);
  const logits = Float64Array.from(x);
  let loss = 0;
  if (work !== "crossEntropyGrad") textbook.softmax(logits, truth, rows, cols);
  else loss = textbook.crossEntropyGrad(logits, labels, truth, rows, cols);

  // The label's entry is a difference of two numbers up to 1/rows, and the loss one of logits: absolute, of that size.
  const scales = truth.map(Math.abs);
  if (work === "crossEntropyGrad") for (let r = 0; r < rows; r++) scales[r * cols + labels[r]] = 1 / rows;
  const lossScale = Math.max(1, loss);

  for (const { name, run, result } of competitors) {
    const wrong = (what: string, expected: number, got: number) =>
      new Error(`${work} ${rows}x${cols}, ${name}: ${what} is wrong: expected ${expected}, got ${got}`);
    const value = run();
    if (!(Math.abs(value - loss) <= tolerance * lossScale)) throw wrong("the loss", loss, value);
    const array = result();
    if (array.length !== truth.length) throw wrong("the length", truth.length, array.length);
    for (let i = 0; i < truth.length; i++) {
      if (!(Math.abs(array[i] - truth[i]) <= tolerance * scales[i])) throw wrong(`element ${i}`, truth[i], array[i]);
    }
  }
}
