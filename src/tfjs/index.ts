/**
 * The cross entropy of labels as a loss of TensorFlow.js, with its gradient: without one-hot rows, which take as much memory
 * as the logits. TensorFlow.js is passed in and not imported. The default instance of `softmax-wasm` computes.
 *
 * @module softmax-wasm/tfjs
 */

export type { SyncLike } from "../interop/tensorLike.js";
export { compileWithLabels } from "./compileWithLabels.js";
export { type SparseLossOptions, sparseSoftmaxCrossEntropy } from "./sparseSoftmaxCrossEntropy.js";
export type { TensorFlow } from "./tensorFlow.js";
