// A short cut for `toEqual` and `toStrictEqual`: vitest compares the elements of arrays by their keys, a microsecond each,
// which is most of the time of a test that compares large results.
//
// Of numbers that are the same, by `Object.is` as vitest's own; anything else is left to vitest.

import { expect } from "vitest";

const TypedArray = Object.getPrototypeOf(Uint8Array) as abstract new () => ArrayLike<unknown>;

const isArray = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || value instanceof TypedArray;

expect.addEqualityTesters([
  (a: unknown, b: unknown): true | undefined => {
    if (!isArray(a) || !isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return undefined;
    if (a.length !== b.length) return undefined;
    for (let i = 0; i < a.length; i++) if (typeof a[i] !== "number" || !Object.is(a[i], b[i])) return undefined;
    return true;
  },
]);
