// What the module exports, and nothing else: each kernel in f32, and in f64 under its name with F64. The contract of
// each is written at the function it calls.

import { crossEntropy as crossEntropyOf } from "./crossEntropy";
import { crossEntropyGrad as crossEntropyGradOf } from "./crossEntropyGrad";
import { divide as divideOf } from "./elementwise";
import { logSoftmax as logSoftmaxOf } from "./logSoftmax";
import { logSumExp as logSumExpOf } from "./logSumExp";
import { softmax as softmaxOf } from "./softmax";

export function softmax(x: usize, out: usize, rows: i32, cols: i32): void {
  softmaxOf<f32>(x, out, rows, cols);
}

export function softmaxF64(x: usize, out: usize, rows: i32, cols: i32): void {
  softmaxOf<f64>(x, out, rows, cols);
}

export function logSoftmax(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  logSoftmaxOf<f32>(x, out, scratch, rows, cols);
}

export function logSoftmaxF64(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  logSoftmaxOf<f64>(x, out, scratch, rows, cols);
}

export function logSumExp(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  logSumExpOf<f32>(x, out, scratch, rows, cols);
}

export function logSumExpF64(x: usize, out: usize, scratch: usize, rows: i32, cols: i32): void {
  logSumExpOf<f64>(x, out, scratch, rows, cols);
}

export function crossEntropy(x: usize, labels: usize, losses: usize, scratch: usize, rows: i32, cols: i32): void {
  crossEntropyOf<f32>(x, labels, losses, scratch, rows, cols);
}

export function crossEntropyF64(x: usize, labels: usize, losses: usize, scratch: usize, rows: i32, cols: i32): void {
  crossEntropyOf<f64>(x, labels, losses, scratch, rows, cols);
}

export function crossEntropyGrad(
  x: usize,
  labels: usize,
  losses: usize,
  grad: usize,
  factor: f64,
  rows: i32,
  cols: i32,
): void {
  crossEntropyGradOf<f32>(x, labels, losses, grad, factor, rows, cols);
}

export function crossEntropyGradF64(
  x: usize,
  labels: usize,
  losses: usize,
  grad: usize,
  factor: f64,
  rows: i32,
  cols: i32,
): void {
  crossEntropyGradOf<f64>(x, labels, losses, grad, factor, rows, cols);
}

export function divide(x: usize, out: usize, count: i32, divisor: f32): void {
  divideOf<f32>(x, out, count, divisor);
}

export function divideF64(x: usize, out: usize, count: i32, divisor: f64): void {
  divideOf<f64>(x, out, count, divisor);
}

/** Stands in for the runtime's abort, so that the module imports nothing (asconfig.json). Nothing reaches it. */
export function unreachableAbort(): void {
  unreachable();
}

/** The first address that the module's own data leaves free. */
export function heapBase(): usize {
  return __heap_base;
}
