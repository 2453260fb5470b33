import { COLS, OPERAND, ROWS, STRIDE, VALUES, X } from "../abi";
import { beginBinary, binaryLoss, readBinary } from "../binary";
import { address, count } from "../call";
import { lanes, loadTail, storeTail } from "../lanes";
import { useTemperature } from "../temperature";

/**
 * VALUES = a·log(1 + e^−x) + b·log(1 + e^x), a = w·P·t and b = w·(1 − t), for all ROWS·COLS·STRIDE elements, from logits x and targets t,
 * which are OPERAND. binary.ts says where w and P are. NaN stays with its element.
 */
export function binaryCrossEntropy<T>(call: usize): void {
  let x = address(call, X);
  let t = address(call, OPERAND);
  let values = address(call, VALUES);
  let n = count(call, ROWS) * count(call, COLS) * count(call, STRIDE);
  useTemperature<T>(1);
  beginBinary<T>(call);
  for (; n >= lanes<T>(); n -= lanes<T>(), x += 16, t += 16, values += 16) {
    const v = v128.load(x);
    readBinary<T>(v, v128.load(t));
    v128.store(values, binaryLoss<T>(v));
  }
  if (n) {
    const v = loadTail<T>(x, n, 0);
    readBinary<T>(v, loadTail<T>(t, n, 0));
    storeTail<T>(values, n, binaryLoss<T>(v));
  }
}
