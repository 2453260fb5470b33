// What the module exports, and nothing else: each kernel in f32, and in f64 under its name with F64. The contract of
// each is written at the function it calls; positions are laid out as groups.ts says.

import { logSoftmaxBackward as logSoftmaxBackwardOf, softmaxBackward as softmaxBackwardOf } from "./backward";
import { crossEntropy as crossEntropyOf } from "./crossEntropy";
import { crossEntropyGrad as crossEntropyGradOf } from "./crossEntropyGrad";
import { crossEntropyHvp as crossEntropyHvpOf } from "./crossEntropyHvp";
import { logSoftmax as logSoftmaxOf } from "./logSoftmax";
import { logSumExp as logSumExpOf } from "./logSumExp";
import { add as addOf, divide as divideOf, keep as keepOf } from "./runs";
import { softmax as softmaxOf } from "./softmax";
import { spreadOver as spreadOverOf } from "./spread";

export function softmax(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, inner: i32, stride: i32): void {
  softmaxOf<f32>(x, out, scratch, rows, cols, inner, stride);
}

export function softmaxF64(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, inner: i32, stride: i32): void {
  softmaxOf<f64>(x, out, scratch, rows, cols, inner, stride);
}

export function logSoftmax(x: usize, out: usize, scratch: usize, rows: i32, cols: i32, inner: i32, stride: i32): void {
  logSoftmaxOf<f32>(x, out, scratch, rows, cols, inner, stride);
}

export function logSoftmaxF64(
  x: usize,
  out: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  logSoftmaxOf<f64>(x, out, scratch, rows, cols, inner, stride);
}

export function logSumExp(
  x: usize,
  values: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  logSumExpOf<f32>(x, values, scratch, rows, cols, inner, stride);
}

export function logSumExpF64(
  x: usize,
  values: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  logSumExpOf<f64>(x, values, scratch, rows, cols, inner, stride);
}

export function crossEntropy(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyOf<f32>(x, labels, weights, b, share, lambda, losses, scratch, rows, cols, inner, stride);
}

export function crossEntropyF64(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyOf<f64>(x, labels, weights, b, share, lambda, losses, scratch, rows, cols, inner, stride);
}

export function crossEntropyGrad(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  grad: usize,
  factor: f64,
  penalty: f64,
  upstream: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyGradOf<f32>(
    x,
    labels,
    weights,
    b,
    share,
    lambda,
    losses,
    grad,
    factor,
    penalty,
    upstream,
    scratch,
    rows,
    cols,
    inner,
    stride,
  );
}

export function crossEntropyGradF64(
  x: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  grad: usize,
  factor: f64,
  penalty: f64,
  upstream: usize,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyGradOf<f64>(
    x,
    labels,
    weights,
    b,
    share,
    lambda,
    losses,
    grad,
    factor,
    penalty,
    upstream,
    scratch,
    rows,
    cols,
    inner,
    stride,
  );
}

export function crossEntropyHvp(
  x: usize,
  v: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  out: usize,
  factor: f64,
  penalty: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyHvpOf<f32>(
    x,
    v,
    labels,
    weights,
    b,
    share,
    lambda,
    losses,
    out,
    factor,
    penalty,
    scratch,
    rows,
    cols,
    inner,
    stride,
  );
}

export function crossEntropyHvpF64(
  x: usize,
  v: usize,
  labels: usize,
  weights: usize,
  b: usize,
  share: f64,
  lambda: f64,
  losses: usize,
  out: usize,
  factor: f64,
  penalty: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  crossEntropyHvpOf<f64>(
    x,
    v,
    labels,
    weights,
    b,
    share,
    lambda,
    losses,
    out,
    factor,
    penalty,
    scratch,
    rows,
    cols,
    inner,
    stride,
  );
}

export function softmaxBackward(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  softmaxBackwardOf<f32>(y, dy, out, factor, rows, cols, inner, stride);
}

export function softmaxBackwardF64(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  softmaxBackwardOf<f64>(y, dy, out, factor, rows, cols, inner, stride);
}

export function logSoftmaxBackward(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  logSoftmaxBackwardOf<f32>(y, dy, out, factor, scratch, rows, cols, inner, stride);
}

export function logSoftmaxBackwardF64(
  y: usize,
  dy: usize,
  out: usize,
  factor: f64,
  scratch: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  logSoftmaxBackwardOf<f64>(y, dy, out, factor, scratch, rows, cols, inner, stride);
}

export function spreadOver(
  q: usize,
  weights: usize,
  spreads: usize,
  share: f64,
  spread: f64,
  b: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  spreadOverOf<f32>(q, weights, spreads, share, spread, b, rows, cols, inner, stride);
}

export function spreadOverF64(
  q: usize,
  weights: usize,
  spreads: usize,
  share: f64,
  spread: f64,
  b: usize,
  rows: i32,
  cols: i32,
  inner: i32,
  stride: i32,
): void {
  spreadOverOf<f64>(q, weights, spreads, share, spread, b, rows, cols, inner, stride);
}

export function divide(x: usize, out: usize, length: i32, divisor: f32): void {
  divideOf<f32>(x, out, length, divisor);
}

export function divideF64(x: usize, out: usize, length: i32, divisor: f64): void {
  divideOf<f64>(x, out, length, divisor);
}

export function add(out: usize, x: usize, length: i32): void {
  addOf<f32>(out, x, length);
}

export function addF64(out: usize, x: usize, length: i32): void {
  addOf<f64>(out, x, length);
}

export function keep(x: usize, mask: usize, out: usize, length: i32, absent: f32): void {
  keepOf<f32>(x, mask, out, length, absent);
}

export function keepF64(x: usize, mask: usize, out: usize, length: i32, absent: f64): void {
  keepOf<f64>(x, mask, out, length, absent);
}

/** Stands in for the runtime's abort, so that the module imports nothing (asconfig.json). Nothing reaches it. */
export function unreachableAbort(): void {
  unreachable();
}

/** The first address that the module's own data leaves free. */
export function heapBase(): usize {
  return __heap_base;
}
