// What counts as a tensor, by its structure. The libraries named here are not imported.

/** A Tensor of onnxruntime or transformers.js, on the CPU. Download any other with its `getData()` first. */
export interface OnnxLike {
  /** Sizes, slowest first. */
  readonly dims: readonly number[];
  /** The type of the elements: `"float32"`, `"int64"` and so on. */
  readonly type: string;
  /** The elements, without gaps. */
  readonly data: ArrayLike<unknown>;
}

/** A Tensor of TensorFlow.js, or an Array of jax-js, which `dataSync` consumes. */
export interface SyncLike {
  /** Sizes, slowest first. */
  readonly shape: readonly number[];
  /** The type of the elements: `"float32"`, `"int32"` and so on. */
  readonly dtype: string;
  /** The elements, without gaps. */
  dataSync(): ArrayLike<unknown>;
}

/** An ndarray of scijs (`stride`) or stdlib (`strides`). Strides count elements and may be negative. */
export type StridedLike = {
  /** The elements, among those of other views. */
  readonly data: ArrayLike<unknown>;
  /** Sizes, slowest first. */
  readonly shape: ArrayLike<number>;
  /** The index of the first element in `data`. */
  readonly offset: number;
} & (
  | {
      /** The distance in `data` from an element to the next along each axis. */
      readonly stride: ArrayLike<number>;
    }
  | {
      /** The distance in `data` from an element to the next along each axis. */
      readonly strides: ArrayLike<number>;
    }
);

/** A Matrix of ml-matrix. */
export interface MatrixLike {
  /** How many rows. */
  readonly rows: number;
  /** How many elements in each. */
  readonly columns: number;
  /** The elements, row by row. */
  to2DArray(): readonly ArrayLike<number>[];
}

/** A Vector of Apache Arrow, without nulls: a tensor of one axis. */
export interface VectorLike {
  /** How many elements are missing. */
  readonly nullCount: number;
  /** The elements. */
  toArray(): ArrayLike<unknown>;
}

/** An array of NumJs. */
export interface NumJsLike {
  /** The ndarray in it. */
  readonly selection: StridedLike;
}

/** Rows of floats, of one type and length. */
export type Rows = readonly Float32Array[] | readonly Float64Array[];

/** Anything that counts as a tensor. */
export type TensorLike = OnnxLike | SyncLike | StridedLike | MatrixLike | VectorLike | NumJsLike | Rows;
