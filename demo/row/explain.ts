import { numberText } from "../numberText.js";
import type { NaiveWays } from "./naiveWays.js";

export interface Explanation {
  readonly trouble: boolean;
  readonly text: string;
}

/** What goes wrong in the naive ways on the scaled logits z, whose loss is `loss`. */
export function explain(z: ArrayLike<number>, { shifted }: NaiveWays, loss: number): Explanation {
  const sentences = [rowTrouble(Math.max(...Array.from(z))), lossTrouble(shifted.loss, loss)].filter(
    (text) => text !== undefined,
  );
  return sentences.length > 0
    ? { trouble: true, text: sentences.join(" ") }
    : {
        trouble: false,
        text: "All three agree on this row. Move one logit far away, or give one class a large lead.",
      };
}

/** What the exponentials do if the maximum is not subtracted. */
function rowTrouble(max: number): string | undefined {
  if (Math.exp(max) === Infinity) {
    return (
      `The naive formula fails: e to the ${numberText(max)} is larger than the largest double, 1.8·10³⁰⁸. It becomes ∞, ` +
      `and ∞/∞ is NaN. With the maximum subtracted, the largest exponent is 0, and nothing can overflow.`
    );
  }
  if (Math.exp(max) === 0) {
    return (
      `The naive formula fails: every exponential is below the smallest double and becomes 0, and 0/0 is NaN. ` +
      `With the maximum subtracted, the largest term is 1.`
    );
  }
  return undefined;
}

/** What taking the logarithm of the rounded probability does to the loss. */
function lossTrouble(naive: number, loss: number): string | undefined {
  if (naive === Infinity && loss < Infinity) {
    return (
      `The label’s probability is too small for its format and becomes 0, so −log p is ∞. ` +
      `The library computes the loss, ${numberText(loss)}, from the logits and not from the probability.`
    );
  }
  if (naive === 0 && loss > 0) {
    return (
      `The label’s probability rounds to 1, so −log p is 0 and every digit of the loss is lost. ` +
      `The library sums the terms of the other classes separately and keeps all digits: ${numberText(loss)}.`
    );
  }
  const off = Math.abs(naive - loss) / loss;
  if (off > 1e-3) {
    return (
      `The label’s probability is so close to 1 that −log p has few correct digits: it is off by ${(100 * off).toPrecision(2)} %. ` +
      `The library sums the terms of the other classes separately and keeps all digits.`
    );
  }
  return undefined;
}
