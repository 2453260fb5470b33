// The exports of all entries besides `createPool`.

export type { Floats, Logits, Out, ResultOf, Written } from "../arguments/arrays.js";
export type { Reduction } from "../arguments/options.js";
export type { Labels, Targets } from "../arguments/targets.js";
export type { Backend } from "../backend/engine.js";
export type { ErrorCode } from "../errors.js";
export type { Float16, FloatArray, NewFloat16Array, NewFloat32Array, NewFloat64Array } from "../floatType.js";
export type { WasmArray } from "../memory/wasmArray.js";
export type { BackwardOptions } from "../operations/backward.js";
export type { GradOptions, LossAndGrad } from "../operations/crossEntropyGrad.js";
export type { LossOptions } from "../operations/loss.js";
export type { RowOptions } from "../operations/rows.js";
export type { AnyWorker, NodeWorker, WebWorker } from "./channel.js";
export type {
  PoolBackward,
  PoolCrossEntropy,
  PoolCrossEntropyGrad,
  PoolCrossEntropyHvp,
  PoolFunctions,
  PoolRowFunction,
} from "./functions.js";
export type { PoolOptions } from "./options.js";
export type { Pool, PoolBackend } from "./pool.js";
