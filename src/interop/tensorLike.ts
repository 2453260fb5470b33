// What counts as a tensor, by structure. Nothing here is taken from the libraries that it is named after.

/** onnxruntime's Tensor, transformers.js's Tensor. On the CPU: others are read by their `getData()` first. */
export interface OnnxLike {
  readonly dims: readonly number[];
  readonly type: string;
  readonly data: ArrayLike<unknown>;
}

/** TensorFlow.js's Tensor, jax-js's Array (which `dataSync` consumes). */
export interface SyncLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): ArrayLike<unknown>;
}

/** scijs's ndarray (`stride`), stdlib's ndarray (`strides`); counted in elements, negative ones too. */
export type StridedLike = {
  readonly data: ArrayLike<unknown>;
  readonly shape: ArrayLike<number>;
  readonly offset: number;
} & ({ readonly stride: ArrayLike<number> } | { readonly strides: ArrayLike<number> });

export type TensorLike = OnnxLike | SyncLike | StridedLike;
