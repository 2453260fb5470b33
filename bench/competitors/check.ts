import type * as Textbook from "../../test/reference/textbook.js";
import type { AnyCompetitor } from "./competitor.js";
import type { Work } from "./competitors.js";
import type { Problem } from "./inputs.js";

// A second copy of the module. The first is timed as naive JavaScript on f32, and would be compiled for f64 too, which
// costs its softmax 1 to 3 %.
const copy = new URL("../../test/reference/textbook.js?f64", import.meta.url).href;
const textbook = (await import(copy)) as typeof Textbook;

/**
 * Relative. Code in f32 throughout rounds x − max, which puts its exponential off by 2^-24·|x − max|: at most 2e-6, with
 * logits of deviation 3 less than 32 apart. Five times that lets everything pass that computes the formula, and nothing
 * else. In f64 the same, 2^-29 of it.
 */
const TOLERANCE = { softmax: 1e-5, crossEntropyGrad: 1e-5, softmaxF64: 1e-5 * 2 ** -29 };

/** How far a competitor's result was off the formula, at its worst. */
export interface Checked {
  readonly name: string;
  /** In units in the last place of the element; for the gradient's entry at a label, of 1/rows. */
  readonly worstUlp: number;
}

/** Runs each once and holds its result against the textbook formula in f64. A wrong result is not worth timing. */
export async function checkAll(
  work: Work,
  { rows, cols, x, labels }: Problem,
  competitors: readonly AnyCompetitor[],
): Promise<Checked[]> {
  const truth = new Float64Array(x.length);
  const logits = Float64Array.from(x);
  let loss = 0;
  if (work !== "crossEntropyGrad") textbook.softmax(logits, truth, rows, cols);
  else loss = textbook.crossEntropyGrad(logits, labels, truth, rows, cols);

  // The label's entry is a difference of two numbers up to 1/rows, and the loss one of logits: absolute, of that size.
  const scales = truth.map(Math.abs);
  if (work === "crossEntropyGrad") for (let r = 0; r < rows; r++) scales[r * cols + labels[r]] = 1 / rows;
  // Subnormal results are rounded to the smallest number's multiples, by naive code twice.
  const lowest = 2 * (work === "softmaxF64" ? 2 ** -1074 : 2 ** -149);
  const lossScale = Math.max(1, loss);
  const ulps = scales.map(work === "softmaxF64" ? ulpOfF64 : ulpOfF32);

  const checked: Checked[] = [];
  for (const competitor of competitors) {
    const { name, result } = competitor;
    const tolerance = competitor.tolerance ?? TOLERANCE[work];
    const wrong = (what: string, expected: number, got: number) =>
      new Error(`${work} ${rows}x${cols}, ${name}: ${what} is wrong: expected ${expected}, got ${got}`);
    const value = "run" in competitor ? competitor.run() : await competitor.runAsync();
    if (!(Math.abs(value - loss) <= tolerance * lossScale)) throw wrong("the loss", loss, value);
    const array = result();
    if (array.length !== truth.length) throw wrong("the length", truth.length, array.length);
    let worstUlp = 0;
    for (let i = 0; i < truth.length; i++) {
      const error = Math.abs(array[i] - truth[i]);
      if (!(error <= tolerance * scales[i] + lowest)) throw wrong(`element ${i}`, truth[i], array[i]);
      worstUlp = Math.max(worstUlp, error / ulps[i]);
    }
    checked.push({ name, worstUlp });
  }
  return checked;
}

const ulpOfF32 = (x: number) => 2 ** (Math.max(Math.floor(Math.log2(x)), -126) - 23);
const ulpOfF64 = (x: number) => 2 ** (Math.max(Math.floor(Math.log2(x)), -1022) - 52);
