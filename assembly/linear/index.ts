// The exports of the module of linear layers: each kernel in f32, and in f64 under its name with F64. It works in the memory of
// the main module, which it imports, and has no data of its own there. The contract of each stands at the function it calls.

import { addRows as addRowsOf, multiply as multiplyOf } from "./multiply";
import { copyColumns as copyColumnsOf, pack as packOf, packTurned as packTurnedOf } from "./pack";

export function multiply(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  b: usize,
  cols: i32,
  depth: i32,
  out: usize,
  outRow: usize,
  bias: usize,
  mode: i32,
  edge: usize,
): void {
  multiplyOf<f32>(a, aRow, aStep, rows, b, cols, depth, out, outRow, bias, mode, edge);
}

export function multiplyF64(
  a: usize,
  aRow: usize,
  aStep: usize,
  rows: i32,
  b: usize,
  cols: i32,
  depth: i32,
  out: usize,
  outRow: usize,
  bias: usize,
  mode: i32,
  edge: usize,
): void {
  multiplyOf<f64>(a, aRow, aStep, rows, b, cols, depth, out, outRow, bias, mode, edge);
}

export function addRows(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  addRowsOf<f32>(x, xRow, rows, cols, out);
}

export function addRowsF64(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  addRowsOf<f64>(x, xRow, rows, cols, out);
}

export function pack(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  packOf<f32>(x, xRow, rows, cols, out);
}

export function packF64(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  packOf<f64>(x, xRow, rows, cols, out);
}

export function packTurned(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  packTurnedOf<f32>(x, xRow, rows, cols, out);
}

export function packTurnedF64(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  packTurnedOf<f64>(x, xRow, rows, cols, out);
}

export function copyColumns(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  copyColumnsOf<f32>(x, xRow, rows, cols, out);
}

export function copyColumnsF64(x: usize, xRow: usize, rows: i32, cols: i32, out: usize): void {
  copyColumnsOf<f64>(x, xRow, rows, cols, out);
}

/** Replaces the runtime's abort, so that the module imports nothing but memory. No kernel calls it. */
export function unreachableAbort(): void {
  unreachable();
}
