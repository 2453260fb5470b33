// The functions' types: those of the library, and beside them tensors in, tensors out.

import type {
  Backward,
  BackwardOptions,
  CrossEntropy,
  CrossEntropyGrad,
  CrossEntropyHvp,
  FloatArray,
  Labels,
  Logits,
  LossAndGrad,
  LossOptions,
  ResultOf,
  RowFunction,
  RowOptions,
  softmaxJacobian,
} from "../index.js";
import type { OnnxLike, SyncLike, TensorLike } from "./tensorLike.js";

/** The types of elements that are computed on, as onnxruntime calls them. */
export type FloatName = "float16" | "float32" | "float64";

interface ArrayOf {
  /** As the engine and onnxruntime have it: a Float16Array where one was given. */
  float16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** A result: `new ort.Tensor(type, data, dims)` and `tf.tensor(data, dims)` take it. */
export interface Tensor<Name extends FloatName = FloatName> {
  /** Elements. */
  readonly data: ArrayOf[Name];
  /** Sizes, slowest first; the elements are in this order without gaps. */
  readonly dims: number[];
  /** Of the elements. */
  readonly type: Name;
}

type Known<Name> = string extends Name ? FloatName : Extract<Name, FloatName>;

/** The type of the elements of a result. */
type NameOf<X> = X extends OnnxLike
  ? Known<X["type"]>
  : X extends SyncLike
    ? Known<X["dtype"]>
    : X extends { readonly data: Float32Array }
      ? "float32"
      : X extends { readonly data: Float64Array | readonly number[] }
        ? "float64"
        : FloatName;

/** Those of the library, without the shape, which the tensor has; the arrays among them may be tensors. */
type Options<Given> = {
  readonly [Name in Exclude<keyof Given, "shape" | "out">]?:
    Given[Name] | (Name extends "weight" | "mask" ? TensorLike : never);
} & {
  /** Takes the elements of the array that is the result. For float16, an array of the kind that the tensor has. */
  readonly out?: FloatArray | Uint16Array;
};

/** Options of the functions of rows, for tensors. */
export type TensorOptions = Options<RowOptions>;
/** Options of the losses, for tensors. */
export type TensorLossOptions<Reduction extends "mean" | "sum" | "none"> = Options<LossOptions<Reduction>>;

type None = TensorLossOptions<"none"> & { readonly reduction: "none" };
type PlainNone = LossOptions<"none", undefined> & { readonly reduction: "none" };

/** A function of rows, of tensors too. */
export type TensorFunction = RowFunction & (<X extends TensorLike>(x: X, options?: TensorOptions) => Tensor<NameOf<X>>);

/** The loss, of tensors too. */
export interface TensorCrossEntropy extends CrossEntropy {
  <X extends TensorLike>(logits: X, labels: Labels | TensorLike, options: None): Tensor<NameOf<X>>;
  (logits: TensorLike, labels: Labels | TensorLike, options?: TensorLossOptions<"mean" | "sum">): number;
  <X extends Logits>(logits: X, labels: TensorLike, options: PlainNone): ResultOf<X>;
  (logits: Logits, labels: TensorLike, options?: LossOptions<"mean" | "sum", undefined>): number;
}

/** The loss and its gradient, of tensors too. */
export interface TensorCrossEntropyGrad extends CrossEntropyGrad {
  <X extends TensorLike>(
    logits: X,
    labels: Labels | TensorLike,
    options: None,
  ): LossAndGrad<Tensor<NameOf<X>>, Tensor<NameOf<X>>>;
  <X extends TensorLike>(
    logits: X,
    labels: Labels | TensorLike,
    options?: TensorLossOptions<"mean" | "sum">,
  ): LossAndGrad<number, Tensor<NameOf<X>>>;
  <X extends Logits>(logits: X, labels: TensorLike, options: PlainNone): LossAndGrad<ResultOf<X>, ResultOf<X>>;
  <X extends Logits>(
    logits: X,
    labels: TensorLike,
    options?: LossOptions<"mean" | "sum", undefined>,
  ): LossAndGrad<number, ResultOf<X>>;
}

/** The derivative of a function of rows, of tensors too. */
export type TensorBackward = Backward &
  (<Y extends TensorLike>(y: Y, dy: TensorLike | Logits, options?: Options<BackwardOptions>) => Tensor<NameOf<Y>>);

/** The Hessian of a loss, of tensors too. */
export type TensorCrossEntropyHvp = CrossEntropyHvp &
  (<X extends TensorLike>(
    logits: X,
    targets: Labels | TensorLike,
    v: TensorLike | Logits,
    options?: TensorLossOptions<"mean" | "sum" | "none">,
  ) => Tensor<NameOf<X>>);

/** The Jacobian, of tensors too. */
export type TensorJacobian = typeof softmaxJacobian & (<X extends TensorLike>(x: X) => Tensor<NameOf<X>>);
