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
