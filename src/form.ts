// In which form a result is given where it is not a typed array: what comes in goes out, so that code written for plain
// arrays finds plain arrays.

import type { FloatArray } from "./floatType.js";

/** Rows of one length in a plain array. */
export interface RowsForm {
  readonly count: number;
  readonly length: number;
}

/** One number, an array of numbers, or rows of numbers. */
export type Form = "number" | "numbers" | RowsForm;

export const isRows = (form: Form | null): form is RowsForm => typeof form === "object" && form !== null;

/** The form of one value a position, beside a result as long as the logits that has this form. */
export const formOfValues = (form: Form | null): Form | null => (isRows(form) ? "numbers" : form);

/** `length` elements from `at` on, in a form. */
export function formed(elements: FloatArray | Int32Array, at: number, length: number, form: Form): unknown {
  if (form === "number") return elements[at];
  if (form === "numbers") return numbersOf(elements, at, length);
  const rows = new Array<number[]>(form.count);
  for (let row = 0; row < form.count; row++) rows[row] = numbersOf(elements, at + row * form.length, form.length);
  return rows;
}

/** V8 makes a table of hashes of a longer array when it is told its length. */
const LONGEST_KNOWN = 2 ** 25;

function numbersOf(elements: FloatArray | Int32Array, at: number, length: number): number[] {
  /* v8 ignore next -- @preserve: `npm run test:slow` */
  const numbers = length <= LONGEST_KNOWN ? new Array<number>(length) : [];
  for (let i = 0; i < length; i++) numbers[i] = elements[at + i];
  return numbers;
}
