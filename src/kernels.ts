/**
 * Where the positions of a block lie: element (r, c, i) at (r·cols + c)·stride + i, for `inner` positions beside each
 * other in each of `rows`. Elements of a row are adjacent where inner is 1, and so is stride.
 */
type Positions = [rows: number, cols: number, inner: number, stride: number];

/** The labels and coefficients of a loss: assembly/loss.ts. Addresses of 0 stand for what is not there. */
type LossTerms = [labels: number, weights: number, b: number, share: number, lambda: number, losses: number];

/**
 * What a backend computes: blocks of positions, each kernel a total function of memory. Arguments are byte addresses,
 * counts are elements. The contract of each is written at the function of the same name in assembly/.
 */
export interface Kernels {
  softmax(x: number, out: number, scratch: number, ...positions: Positions): void;
  logSoftmax(x: number, out: number, scratch: number, ...positions: Positions): void;
  logSumExp(x: number, values: number, scratch: number, ...positions: Positions): void;
  softmaxBackward(y: number, dy: number, out: number, factor: number, ...positions: Positions): void;
  logSoftmaxBackward(
    y: number,
    dy: number,
    out: number,
    factor: number,
    scratch: number,
    ...positions: Positions
  ): void;
  crossEntropy(x: number, ...rest: [...LossTerms, scratch: number, ...Positions]): void;
  crossEntropyGrad(
    x: number,
    ...rest: [
      ...LossTerms,
      grad: number,
      factor: number,
      penalty: number,
      upstream: number,
      scratch: number,
      ...Positions,
    ]
  ): void;
  crossEntropyHvp(
    x: number,
    v: number,
    ...rest: [...LossTerms, out: number, factor: number, penalty: number, scratch: number, ...Positions]
  ): void;
  spreadOver(
    q: number,
    weights: number,
    spreads: number,
    share: number,
    spread: number,
    b: number,
    ...positions: Positions
  ): void;
  divide(x: number, out: number, length: number, divisor: number): void;
  add(out: number, x: number, length: number): void;
  keep(x: number, mask: number, out: number, length: number, absent: number): void;
}

/** The kernels in each precision. */
export interface KernelsOfTypes {
  readonly f32: Kernels;
  readonly f64: Kernels;
}
