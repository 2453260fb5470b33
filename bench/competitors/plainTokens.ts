// What is written by hand where a library for it is missing.

/** The class of the largest element. */
export function arrayLoop(x: Float32Array): number {
  let max = -Infinity;
  let at = 0;
  for (let c = 0; c < x.length; c++) {
    if (x[c] > max) {
      max = x[c];
      at = c;
    }
  }
  return at;
}

/** The k largest classes in order, by a heap of k whose root is the least of them. */
export function heap(x: Float32Array, k: number): Int32Array {
  const values = x.slice(0, k);
  const classes = Int32Array.from({ length: k }, (_, c) => c);
  const isBefore = (a: number, b: number) =>
    values[a] > values[b] || (values[a] === values[b] && classes[a] < classes[b]);
  const sink = (at: number, count: number) => {
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) return;
      if (child + 1 < count && isBefore(child, child + 1)) child++;
      if (!isBefore(at, child)) return;
      swap(at, child);
      at = child;
    }
  };
  const swap = (a: number, b: number) => {
    [values[a], values[b]] = [values[b], values[a]];
    [classes[a], classes[b]] = [classes[b], classes[a]];
  };
  for (let at = k >> 1; at >= 0; at--) sink(at, k);
  let least = values[0];
  for (let c = k; c < x.length; c++) {
    const value = x[c];
    if (value > least) {
      values[0] = value;
      classes[0] = c;
      sink(0, k);
      least = values[0];
    }
  }
  for (let end = k - 1; end > 0; end--) {
    swap(0, end);
    sink(0, end);
  }
  return classes;
}

/** A draw from the most probable classes that add up to topP, of an array that is sorted. */
export function sortedSample(p: Float32Array, topP: number): number {
  const classes = Array.from(p.keys()).sort((a, b) => p[b] - p[a]);
  let sum = 0;
  let count = 0;
  while (count < classes.length && sum < topP) sum += p[classes[count++]];
  let point = Math.random() * sum;
  for (let i = 0; i < count; i++) {
    point -= p[classes[i]];
    if (point < 0) return classes[i];
  }
  return classes[count - 1];
}

/**
 * The recipe of this library's guide before `sample`: the threshold of the k largest from a sorted copy, a mask, the softmax,
 * a running sum.
 */
export function recipeBefore(x: Float32Array, k: number, temperature: number, softmax: MaskedSoftmax): number {
  const threshold = x.slice().sort()[Math.max(0, x.length - k)];
  const mask = Uint8Array.from(x, (logit) => (logit < threshold ? 0 : 1));
  const p = softmax(x, { temperature, mask });
  let total = 0;
  for (const probability of p) total += probability;
  const point = Math.random() * total;
  let sum = 0;
  for (let token = 0; token < p.length; token++) {
    sum += p[token];
    if (point < sum) return token;
  }
  return p.length - 1;
}

type MaskedSoftmax = (x: Float32Array, options: { temperature: number; mask: Uint8Array }) => Float32Array;
