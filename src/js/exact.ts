// What roundings in f64 lose, exactly: assembly/exact.ts in plain TypeScript.

/** a + b, and what its rounding lost (Knuth). */
export function twoSum(a: number, b: number): [number, number] {
  const sum = a + b;
  const added = sum - a;
  return [sum, a - (sum - added) + (b - added)];
}

/** a − q·b for q = a/b rounded, exactly (Dekker). */
export function residual(a: number, q: number, b: number): number {
  const [qh, ql] = halves(q);
  const [bh, bl] = halves(b);
  return a - qh * bh - qh * bl - ql * bh - ql * bl;
}

function halves(a: number): [number, number] {
  const t = 134217729 * a; // 2^27 + 1
  const high = t - (t - a);
  return [high, a - high];
}

/** What q = a/b, rounded, lost, and with it what the roundings of a and of b lost; 0 where that way overflows. */
export function lostInQuotient(a: number, aLost: number, q: number, b: number, bLost: number): number {
  return finite((residual(a, q, b) + aLost - q * bLost) / b);
}

/** What a·b loses, by the same way; 0 where that way overflows. */
export function lostInProduct(a: number, b: number): number {
  return finite(-residual(a * b, a, b));
}

/** What a + b loses; 0 where the sum is infinite. */
export function lostInSum(a: number, b: number): number {
  return finite(twoSum(a, b)[1]);
}

/** 0 for NaN, which is what infinite numbers lose. */
export function finite(lost: number): number {
  return lost === lost ? lost : 0;
}
