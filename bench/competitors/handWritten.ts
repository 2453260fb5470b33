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

type Numbers = number[] | Float32Array | Float64Array;

/** A new array of the kind of another one. */
function like<X extends Numbers>(x: X): X {
  if (Array.isArray(x)) return new Array<number>(x.length) as X;
  return (x instanceof Float32Array ? new Float32Array(x.length) : new Float64Array(x.length)) as X;
}

export function loopSigmoid<X extends Numbers>(x: X): X {
  const p = like(x);
  for (let i = 0; i < x.length; i++) p[i] = 1 / (1 + Math.exp(-x[i]));
  return p;
}

/** The mean over all elements, in the form that does not overflow. */
export function loopBinaryCrossEntropy(x: Numbers, targets: Numbers): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += Math.max(x[i], 0) - x[i] * targets[i] + Math.log1p(Math.exp(-Math.abs(x[i])));
  }
  return sum / x.length;
}

export function loopBinaryCrossEntropyGrad<X extends Numbers>(x: X, targets: Numbers): { loss: number; grad: X } {
  const { length } = x;
  const grad = like(x);
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const e = Math.exp(-Math.abs(x[i]));
    sum += Math.max(x[i], 0) - x[i] * targets[i] + Math.log1p(e);
    grad[i] = ((x[i] >= 0 ? 1 : e) / (1 + e) - targets[i]) / length;
  }
  return { loss: sum / length, grad };
}
