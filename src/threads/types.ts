// What both entries have beside `createPool`.

export type { Floats, Logits, Out, ResultOf } from "../arrays.js";
export type { BackwardOptions } from "../backward.js";
export type { GradOptions, LossAndGrad } from "../crossEntropyGrad.js";
export type { ErrorCode } from "../errors.js";
export type { Float16, FloatArray } from "../floatType.js";
export type { Labels } from "../labels.js";
export type { LossOptions, Targets } from "../loss.js";
export type { Reduction } from "../options.js";
export type { RowOptions } from "../rowFunction.js";
export type { Alloc, WasmArray } from "../wasmArray.js";
export type { AnyWorker, NodeWorker, WebWorker } from "./channel.js";
export type {
  PoolBackward,
  PoolCrossEntropy,
  PoolCrossEntropyGrad,
  PoolCrossEntropyHvp,
  PoolRowFunction,
} from "./functions.js";
export type { PoolOptions } from "./options.js";
export type { Pool, PoolBackend } from "./pool.js";
