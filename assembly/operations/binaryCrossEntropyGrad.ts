import { COLS, LOSS_SCALE, OPERAND, OUT, ROWS, STRIDE, UPSTREAM, VALUES, X } from "../abi";
import { beginBinary, binaryGradient, binaryLoss, readBinary } from "../binary";
import { address, count, number } from "../call";
import { lanes, loadTail, storeTail } from "../lanes";
import { useTemperature } from "../temperature";

/**
 * The losses of binaryCrossEntropy, and in OUT their gradient, upstream·LOSS_SCALE·(b·σ(x) − a·σ(−x)), with one exponential an
 * element. `out` is `x` or the targets, or disjoint from both.
 */
export function binaryCrossEntropyGrad<T>(call: usize): void {
  let x = address(call, X);
  let t = address(call, OPERAND);
  let values = address(call, VALUES);
  let out = address(call, OUT);
  let upstream = address(call, UPSTREAM);
  let n = count(call, ROWS) * count(call, COLS) * count(call, STRIDE);
  const scale = f64x2.splat(number(call, LOSS_SCALE));
  useTemperature<T>(1);
  beginBinary<T>(call);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, t += 16, values += 16, out += 16) {
    const v = v128.load(x);
    readBinary<T>(v, v128.load(t));
    v128.store(values, binaryLoss<T>(v));
    let factor0 = scale;
    let factor1 = scale;
    if (upstream) {
      factor0 = f64x2.mul(scale, v128.load(upstream));
      if (sizeof<T>() == 4) factor1 = f64x2.mul(scale, v128.load(upstream, 16));
      upstream += 8 * lanes<T>();
    }
    v128.store(out, binaryGradient<T>(v, factor0, factor1));
  }
  if (n) {
    const v = loadTail<T>(x, n, 0);
    readBinary<T>(v, loadTail<T>(t, n, 0));
    storeTail<T>(values, n, binaryLoss<T>(v));
    let factor0 = scale;
    let factor1 = scale;
    if (upstream) {
      const isOne = sizeof<T>() == 8 || n == 1;
      factor0 = f64x2.mul(scale, isOne ? v128.load64_zero(upstream) : v128.load(upstream));
      if (sizeof<T>() == 4 && n == 3) factor1 = f64x2.mul(scale, v128.load64_zero(upstream, 16));
    }
    storeTail<T>(out, n, binaryGradient<T>(v, factor0, factor1));
  }
}
