// The module's exports: each kernel in f32, and in f64 under its name with F64. A kernel takes the address of its call block
// (abi.ts). The contract of each stands at the function it calls.

import { argmax as argmaxOf } from "./operations/argmax";
import { binaryCrossEntropy as binaryCrossEntropyOf } from "./operations/binaryCrossEntropy";
import { binaryCrossEntropyGrad as binaryCrossEntropyGradOf } from "./operations/binaryCrossEntropyGrad";
import { compress as compressOf, countChunks as countChunksOf, expand as expandOf } from "./operations/compress";
import { crossEntropy as crossEntropyOf } from "./operations/crossEntropy";
import { crossEntropyGrad as crossEntropyGradOf } from "./operations/crossEntropyGrad";
import { crossEntropyHvp as crossEntropyHvpOf } from "./operations/crossEntropyHvp";
import { entropy as entropyOf } from "./operations/entropy";
import { fillAbsent as fillAbsentOf } from "./operations/fillAbsent";
import { logSoftmax as logSoftmaxOf } from "./operations/logSoftmax";
import { logSoftmaxBackward as logSoftmaxBackwardOf } from "./operations/logSoftmaxBackward";
import { logSumExp as logSumExpOf } from "./operations/logSumExp";
import { partial as partialOf } from "./operations/partial";
import { add as addOf, select as selectOf } from "./operations/pointwise";
import { sample as sampleOf } from "./operations/sample";
import { sigmoid as sigmoidOf } from "./operations/sigmoid";
import { smoothTargets as smoothTargetsOf } from "./operations/smoothTargets";
import { softmax as softmaxOf } from "./operations/softmax";
import { softmaxBackward as softmaxBackwardOf } from "./operations/softmaxBackward";
import { softmaxFrom as softmaxFromOf } from "./operations/softmaxFrom";
import { topK as topKOf } from "./operations/topK";

export function softmax(call: usize): void {
  softmaxOf<f32>(call);
}

export function softmaxF64(call: usize): void {
  softmaxOf<f64>(call);
}

export function logSoftmax(call: usize): void {
  logSoftmaxOf<f32>(call);
}

export function logSoftmaxF64(call: usize): void {
  logSoftmaxOf<f64>(call);
}

export function logSumExp(call: usize): void {
  logSumExpOf<f32>(call);
}

export function logSumExpF64(call: usize): void {
  logSumExpOf<f64>(call);
}

export function crossEntropy(call: usize): void {
  crossEntropyOf<f32>(call);
}

export function crossEntropyF64(call: usize): void {
  crossEntropyOf<f64>(call);
}

export function crossEntropyGrad(call: usize): void {
  crossEntropyGradOf<f32>(call);
}

export function crossEntropyGradF64(call: usize): void {
  crossEntropyGradOf<f64>(call);
}

export function crossEntropyHvp(call: usize): void {
  crossEntropyHvpOf<f32>(call);
}

export function crossEntropyHvpF64(call: usize): void {
  crossEntropyHvpOf<f64>(call);
}

export function entropy(call: usize): void {
  entropyOf<f32>(call);
}

export function entropyF64(call: usize): void {
  entropyOf<f64>(call);
}

export function softmaxBackward(call: usize): void {
  softmaxBackwardOf<f32>(call);
}

export function softmaxBackwardF64(call: usize): void {
  softmaxBackwardOf<f64>(call);
}

export function logSoftmaxBackward(call: usize): void {
  logSoftmaxBackwardOf<f32>(call);
}

export function logSoftmaxBackwardF64(call: usize): void {
  logSoftmaxBackwardOf<f64>(call);
}

export function argmax(call: usize): void {
  argmaxOf<f32>(call);
}

export function argmaxF64(call: usize): void {
  argmaxOf<f64>(call);
}

export function topK(call: usize): void {
  topKOf<f32>(call);
}

export function topKF64(call: usize): void {
  topKOf<f64>(call);
}

export function sample(call: usize): void {
  sampleOf<f32>(call);
}

export function sampleF64(call: usize): void {
  sampleOf<f64>(call);
}

export function binaryCrossEntropy(call: usize): void {
  binaryCrossEntropyOf<f32>(call);
}

export function binaryCrossEntropyF64(call: usize): void {
  binaryCrossEntropyOf<f64>(call);
}

export function binaryCrossEntropyGrad(call: usize): void {
  binaryCrossEntropyGradOf<f32>(call);
}

export function binaryCrossEntropyGradF64(call: usize): void {
  binaryCrossEntropyGradOf<f64>(call);
}

export function sigmoid(call: usize): void {
  sigmoidOf<f32>(call);
}

export function sigmoidF64(call: usize): void {
  sigmoidOf<f64>(call);
}

export function partial(call: usize): void {
  partialOf<f32>(call);
}

export function partialF64(call: usize): void {
  partialOf<f64>(call);
}

export function softmaxFrom(call: usize): void {
  softmaxFromOf<f32>(call);
}

export function softmaxFromF64(call: usize): void {
  softmaxFromOf<f64>(call);
}

export function smoothTargets(call: usize): void {
  smoothTargetsOf<f32>(call);
}

export function smoothTargetsF64(call: usize): void {
  smoothTargetsOf<f64>(call);
}

export function add(call: usize): void {
  addOf<f32>(call);
}

export function addF64(call: usize): void {
  addOf<f64>(call);
}

export function select(call: usize): void {
  selectOf<f32>(call);
}

export function selectF64(call: usize): void {
  selectOf<f64>(call);
}

/** The same of both types, under both names like any other. */
export function countChunks(call: usize): void {
  countChunksOf<f32>(call);
}

export function countChunksF64(call: usize): void {
  countChunksOf<f64>(call);
}

export function compress(call: usize): void {
  compressOf<f32>(call);
}

export function compressF64(call: usize): void {
  compressOf<f64>(call);
}

export function expand(call: usize): void {
  expandOf<f32>(call);
}

export function expandF64(call: usize): void {
  expandOf<f64>(call);
}

export function fillAbsent(call: usize): void {
  fillAbsentOf<f32>(call);
}

export function fillAbsentF64(call: usize): void {
  fillAbsentOf<f64>(call);
}

/** Replaces the runtime's abort, so that the module imports nothing (asconfig.json). No kernel calls it. */
export function unreachableAbort(): void {
  unreachable();
}

/** The first address after the module's own data. */
export function heapBase(): usize {
  return __heap_base;
}
