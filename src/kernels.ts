/**
 * What a backend computes: blocks of whole rows, each kernel a total function of memory. Arguments are byte
 * addresses, counts are elements. The contract of each is written at the function of the same name in assembly/.
 */
export interface Kernels {
  softmax(x: number, out: number, rows: number, cols: number): void;
  logSoftmax(x: number, out: number, scratch: number, rows: number, cols: number): void;
  logSumExp(x: number, out: number, scratch: number, rows: number, cols: number): void;
  crossEntropy(x: number, labels: number, losses: number, scratch: number, rows: number, cols: number): void;
  crossEntropyGrad(
    x: number,
    labels: number,
    losses: number,
    grad: number,
    factor: number,
    rows: number,
    cols: number,
  ): void;
  divide(x: number, out: number, count: number, divisor: number): void;
}

/** The kernels in each precision. */
export interface KernelsOfTypes {
  readonly f32: Kernels;
  readonly f64: Kernels;
}
