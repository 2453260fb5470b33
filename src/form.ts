// The form of a result that is not a typed array. It is the form of the input, so that code written for plain arrays
// gets plain arrays.

import type { FloatArray } from "./floatType.js";

/** Rows of one length in a plain array. */
export interface RowsForm {
  readonly count: number;
  readonly length: number;
}

/** One number, an array of numbers, or rows of numbers. */
export type Form = "number" | "numbers" | RowsForm;

export const isRows = (form: Form | null): form is RowsForm => typeof form === "object" && form !== null;

/** The form of one value per position, given the form of a result as long as the logits. */
export const formOfValues = (form: Form | null): Form | null => (isRows(form) ? "numbers" : form);

/** `length` elements from `at` on, in a form. */
export function formed(elements: FloatArray | Int32Array, at: number, length: number, form: Form): unknown {
  if (form === "number") return elements[at];
  if (form === "numbers") return numbersOf(elements, at, length);
  const rows = new Array<number[]>(form.count);
  for (let row = 0; row < form.count; row++) rows[row] = numbersOf(elements, at + row * form.length, form.length);
  return rows;
}

/**
 * To copy numbers and to write over them takes V8 two thirds of the time in which it would fill a new array: that one is for
 * integers until the first fraction is written, and then made anew.
 */
const TEMPLATE_LENGTH = 1024;
let template: readonly number[] = [];

/** V8 makes a table of hashes of a longer array when it is told its length. */
const LONGEST_KNOWN = 2 ** 25;

function numbersOf(elements: FloatArray | Int32Array, at: number, length: number): number[] {
  const numbers = newNumbers(length);
  for (let i = 0; i < length; i++) numbers[i] = elements[at + i];
  return numbers;
}

/** An array to write so many numbers to. */
function newNumbers(length: number): number[] {
  if (length <= TEMPLATE_LENGTH) {
    if (template.length === 0) template = Array.from(new Float64Array(TEMPLATE_LENGTH).fill(0.5));
    return template.slice(0, length);
  }
  /* v8 ignore next -- @preserve: `npm run test:slow` */
  return length <= LONGEST_KNOWN ? new Array<number>(length) : [];
}
