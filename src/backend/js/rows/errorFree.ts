// Error-free transforms: assembly/errorFree.ts in plain TypeScript.

/** a + b and its rounding error (Knuth). */
export function twoSum(a: number, b: number): [number, number] {
  const sum = a + b;
  const added = sum - a;
  return [sum, a - (sum - added) + (b - added)];
}

/** a − q·b for q = a/b rounded, exactly (Dekker). */
export function residual(a: number, q: number, b: number): number {
  const [qHi, qLo] = splitBits(q);
  const [bHi, bLo] = splitBits(b);
  return a - qHi * bHi - qHi * bLo - qLo * bHi - qLo * bLo;
}

function splitBits(a: number): [number, number] {
  const c = 134217729 * a; // 2^27 + 1
  const hi = c - (c - a);
  return [hi, a - hi];
}

/** The error of q = a/b rounded, the errors of a and b included; 0 where computing it overflows. */
export function quotientError(a: number, aError: number, q: number, b: number, bError: number): number {
  return finite((residual(a, q, b) + aError - q * bError) / b);
}

/** The error of a·b; 0 where computing it overflows. */
export function twoProductError(a: number, b: number): number {
  return finite(-residual(a * b, a, b));
}

/** The error of a + b; 0 where the sum is infinite. */
export function twoSumError(a: number, b: number): number {
  return finite(twoSum(a, b)[1]);
}

/** 0 for NaN, which is the error that infinite numbers give. */
export function finite(error: number): number {
  return error === error ? error : 0;
}
