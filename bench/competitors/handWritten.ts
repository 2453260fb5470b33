// The functions that programs have where they use no library: written anew, after what is in wide use.

/** Spread and map: what most answers to "softmax in JavaScript" give. */
export function spreadSoftmax(x: readonly number[]): number[] {
  const max = Math.max(...x);
  const exponentials = x.map((value) => Math.exp(value - max));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

/** Loops over an array of any kind, into a new one of its kind. */
export function loopSoftmax<X extends number[] | Float32Array>(x: X): X {
  const { length } = x;
  let max = -Infinity;
  for (let i = 0; i < length; i++) if (x[i] > max) max = x[i];
  const p = (Array.isArray(x) ? new Array<number>(length) : new Float32Array(length)) as X;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    p[i] = Math.exp(x[i] - max);
    sum += p[i];
  }
  for (let i = 0; i < length; i++) p[i] /= sum;
  return p;
}
