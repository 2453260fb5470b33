// What the module exports, and nothing else. The contract of every kernel: README.md.

export { crossEntropy } from "./crossEntropy";
export { crossEntropyGrad } from "./crossEntropyGrad";
export { divide } from "./elementwise";
export { logSoftmax } from "./logSoftmax";
export { logSumExp } from "./logSumExp";
export { softmax } from "./softmax";

/** Stands in for the runtime's abort, so that the module imports nothing (asconfig.json). Nothing reaches it. */
export function unreachableAbort(): void {
  unreachable();
}

/** The first address that the module's own data leaves free. */
export function heapBase(): usize {
  return __heap_base;
}
