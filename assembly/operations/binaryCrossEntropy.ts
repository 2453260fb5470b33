import { storeBinary } from "../binary";

/**
 * VALUES = a·log(1 + e^−x) + b·log(1 + e^x), a = w·P·t and b = w·(1 − t), for all ROWS·COLS·STRIDE elements, from logits x and targets t,
 * which are OPERAND. binary.ts says where w and P are. NaN stays with its element.
 */
export function binaryCrossEntropy<T>(call: usize): void {
  storeBinary<T>(call, false);
}
