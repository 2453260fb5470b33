// What counts as a tensor, by structure. Nothing here is taken from the libraries that it is named after.

/** onnxruntime's Tensor, transformers.js's Tensor. On the CPU: others are read by their `getData()` first. */
export interface OnnxLike {
  /** Sizes, slowest first. */
  readonly dims: readonly number[];
  /** Of the elements: `"float32"`, `"int64"` and so on. */
  readonly type: string;
  /** Elements, without gaps. */
  readonly data: ArrayLike<unknown>;
}

/** TensorFlow.js's Tensor, jax-js's Array (which `dataSync` consumes). */
export interface SyncLike {
  /** Sizes, slowest first. */
  readonly shape: readonly number[];
  /** Of the elements: `"float32"`, `"int32"` and so on. */
  readonly dtype: string;
  /** Elements, without gaps. */
  dataSync(): ArrayLike<unknown>;
}

/** scijs's ndarray (`stride`), stdlib's ndarray (`strides`); counted in elements, negative ones too. */
export type StridedLike = {
  /** Elements, those of other views too. */
  readonly data: ArrayLike<unknown>;
  /** Sizes. */
  readonly shape: ArrayLike<number>;
  /** Where in the data the first element is. */
  readonly offset: number;
} & (
  | {
      /** How far apart in the data neighbours along each axis are. */
      readonly stride: ArrayLike<number>;
    }
  | {
      /** How far apart in the data neighbours along each axis are. */
      readonly strides: ArrayLike<number>;
    }
);

/** Whatever counts as a tensor. */
export type TensorLike = OnnxLike | SyncLike | StridedLike;
