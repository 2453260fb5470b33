import { numberText } from "../numberText.js";
import type { NaiveWays } from "./naiveWays.js";

export interface Explanation {
  readonly trouble: boolean;
  readonly text: string;
}

/** What happens to the naive ways on the scaled logits z, whose loss is `loss`. */
export function explain(z: ArrayLike<number>, { shifted }: NaiveWays, loss: number): Explanation {
  const sentences = [rowTrouble(Math.max(...Array.from(z))), lossTrouble(shifted.loss, loss)].filter(
    (text) => text !== undefined,
  );
  return sentences.length > 0
    ? { trouble: true, text: sentences.join(" ") }
    : {
        trouble: false,
        text: "Nothing goes wrong on this row: all three agree. Push a logit far out, or let one lead.",
      };
}

/** What the exponentials do where the maximum is not subtracted. */
function rowTrouble(max: number): string | undefined {
  if (Math.exp(max) === Infinity) {
    return (
      `The naive row is lost: e to the ${numberText(max)} is more than the largest double, 1.8·10³⁰⁸, so it becomes ∞, ` +
      `and ∞/∞ is NaN. With the maximum subtracted the largest exponent is 0, and nothing can overflow.`
    );
  }
  if (Math.exp(max) === 0) {
    return (
      `The naive row is lost: every exponential is below the smallest double and becomes 0, and 0/0 is NaN. ` +
      `With the maximum subtracted the largest term is 1.`
    );
  }
  return undefined;
}

/** What a logarithm of the finished probability does to the loss. */
function lossTrouble(naive: number, loss: number): string | undefined {
  if (naive === Infinity && loss < Infinity) {
    return (
      `The label’s probability is too small for its format and becomes 0, so that −log p is ∞. ` +
      `The library takes no logarithm of it: m − z is already most of the loss, ${numberText(loss)}.`
    );
  }
  if (naive === 0 && loss > 0) {
    return (
      `The label’s probability rounds to 1, so that −log p is 0: the row looks learned, and every digit of the loss is gone. ` +
      `The library keeps the 1 apart from the sum of the other terms, and with it all digits: ${numberText(loss)}.`
    );
  }
  const off = Math.abs(naive - loss) / loss;
  if (off > 1e-3) {
    return (
      `The label’s probability is so near to 1 that −log p has few digits left: it is off by ${(100 * off).toPrecision(2)} %. ` +
      `The library keeps the 1 apart from the sum of the other terms, and with it all digits.`
    );
  }
  return undefined;
}
