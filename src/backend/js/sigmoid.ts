import { COLS, OUT, ROWS, STRIDE, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { count, elementOf, type Heap } from "./call.js";
import { canonical } from "./rows/elementwise.js";
import { CHUNK, exp } from "./rows/exp.js";
import { expF64 } from "./rows/expF64.js";

/** Exponentials carry 2^64·2^-K = 2^-64. */
const K = 128;
const UNIT = 2 ** -64;
/** From here on σ(−x) rounds to 0. */
const LARGEST = 104.5;
const LARGEST_F64 = 745.5;

export function sigmoid(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const length = count(memory, call, ROWS) * count(memory, call, COLS) * count(memory, call, STRIDE);
  const terms = type.create(Math.min(length, CHUNK));
  const largest = type.key === "f32" ? LARGEST : LARGEST_F64;
  for (let first = 0; first < length; first += CHUNK) {
    const n = Math.min(CHUNK, length - first);
    for (let i = 0; i < n; i++) terms[i] = Math.min(-heap[x + first + i], largest);
    if (terms instanceof Float32Array) exp(terms, 0, 0, n, K);
    else expF64(terms, 0, 0, n, K);
    for (let i = 0; i < n; i++) heap[out + first + i] = canonical(UNIT / type.round(UNIT + terms[i]));
  }
}
