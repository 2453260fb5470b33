// The types of the functions: those of the library, with overloads that take tensors and give tensors.

import type {
  argmax,
  binaryCrossEntropy,
  binaryCrossEntropyGrad,
  BinaryGradOptions,
  BinaryOptions,
  BinaryTargets,
  entropy,
  TokenOptions,
  Tokens,
  tokenLogProbs,
  ArgmaxOptions,
  BackwardOptions,
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  FloatArray,
  GradOptions,
  Labels,
  Logits,
  LossAndGrad,
  LossOptions,
  LossParts,
  PartsOptions,
  Reduction,
  ResultOf,
  RowOptions,
  Sample,
  sample,
  SampleOptions,
  Samples,
  sigmoid,
  SigmoidOptions,
  softmax,
  softmaxBackward,
  softmaxJacobian,
  TopK,
  topK,
  TopKOptions,
} from "../index.js";
import type { FLOAT_OPTIONS } from "./callOnTensors.js";
import type { MatrixLike, OnnxLike, SyncLike, TensorLike } from "./tensorLike.js";

/** The element types that are computed on, by onnxruntime's names. */
export type FloatName = "float16" | "float32" | "float64";

interface ArrayOf {
  /** A Float16Array where the tensor has one: onnxruntime uses it where the engine has it. */
  float16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** A result: `new ort.Tensor(type, data, dims)` and `tf.tensor(data, dims)` take it, and `like` makes a tensor of it. */
export interface Tensor<Name extends FloatName = FloatName, Data = ArrayOf[Name]> {
  /** Elements: a typed array, or a plain one where the tensor has one. */
  readonly data: Data;
  /** Sizes, slowest first; the elements are in this order without gaps. */
  readonly dims: number[];
  /** The type of the elements. */
  readonly type: Name;
}

/** Classes, one or more a position: `new ort.Tensor(type, data, dims)` takes it. */
export interface IntegerTensor {
  /** Elements. */
  readonly data: Int32Array;
  /** Sizes, slowest first. */
  readonly dims: number[];
  /** The type of the elements. */
  readonly type: "int32";
}

type Known<Name> = string extends Name ? FloatName : Extract<Name, FloatName>;

/** The element type of a result. */
type NameOf<X> = X extends OnnxLike
  ? Known<X["type"]>
  : X extends SyncLike
    ? Known<X["dtype"]>
    : X extends { readonly data: Float32Array }
      ? "float32"
      : X extends { readonly data: Float64Array | readonly number[] } | MatrixLike | readonly Float64Array[]
        ? "float64"
        : X extends readonly Float32Array[]
          ? "float32"
          : FloatName;

/** With its elements in a plain array. */
interface WithNumbers {
  readonly data: readonly number[];
}

/** The result for a tensor. */
type TensorOf<X> = X extends WithNumbers | { readonly selection: WithNumbers }
  ? Tensor<NameOf<X>, number[]>
  : Tensor<NameOf<X>, ArrayOf[NameOf<X>]>;

/** A loss of a tensor: a number, or with reduction "none" a tensor of them. */
type LossOf<X, R> = R extends "none" ? TensorOf<X> : number;

/** The library's options without `shape`, which the tensor has. Those that are arrays may be tensors. */
type Options<Given> = {
  readonly [Name in Exclude<keyof Given, "shape" | "out">]?:
    Given[Name] | (Name extends FloatOption | "mask" | "lengths" ? TensorLike : never);
} & {
  /**
   * Receives the elements of the result; for float16, an array of the same kind as the tensor's. The tensor's own array
   * is allowed.
   */
  readonly out?: FloatArray | Uint16Array | OnnxLike | undefined;
};

/** Options of the functions of rows, for tensors. */
export type TensorOptions = Options<RowOptions>;
/** Options of the losses, for tensors. */
export type TensorLossOptions<R extends Reduction = Reduction> = Options<LossOptions<R>>;

/** Options of the loss with its gradient, for tensors. */
export type TensorGradOptions<R extends Reduction = Reduction> = Options<GradOptions<R>>;

/** Options for a Uint16Array that holds the bits of halves; results are such arrays too. */
export type HalfOptions<Given> = Omit<Given, "out" | FloatOption> & {
  readonly [Name in Extract<keyof Given, FloatOption>]?: Given[Name] | Uint16Array;
} & {
  /** Says that the elements of a Uint16Array are halves. */
  readonly type: "float16";
} & ("out" extends keyof Given ? HalfOut : unknown);

/** The options that are arrays of floats. */
type FloatOption = (typeof FLOAT_OPTIONS)[number];

interface HalfOut {
  /** Where the elements of the result go. */
  readonly out?: Uint16Array;
}

type InParts = { readonly reduction: "parts" };
type None = { readonly reduction: "none" };
type PlainNone = LossOptions<"none", undefined> & None;
type PlainGradOptions<R extends Reduction> = GradOptions<R, undefined>;

/** Of functions that choose classes. */
type OptionsOfChoice<Given> = {
  readonly [Name in keyof Options<Given> as Name extends "out" ? never : Name]: Options<Given>[Name];
} & {
  /** Whether only the last position along the axis before the classes is used: [1, V] of [1, T, V]. */
  readonly last?: boolean;
};

/** Options of argmax, for tensors. */
export type TensorArgmaxOptions = OptionsOfChoice<ArgmaxOptions>;
/** Options of topK, for tensors. */
export type TensorTopKOptions = OptionsOfChoice<TopKOptions> & Pick<TopKOptions, "k">;
/** Options of sample, for tensors. */
export type TensorSampleOptions = OptionsOfChoice<SampleOptions>;

/** The class of the largest logit, of tensors too. */
export type TensorArgmax = typeof argmax & {
  (x: TensorLike, options?: TensorArgmaxOptions): IntegerTensor;
  (x: Uint16Array, options: HalfOptions<ArgmaxOptions> & { readonly shape: readonly number[] }): Int32Array;
  (x: Uint16Array, options: HalfOptions<ArgmaxOptions> & { readonly shape?: undefined }): number;
};

/** The classes with the largest logits, of tensors too. */
export type TensorTopK = typeof topK & {
  <X extends TensorLike>(
    x: X,
    options: TensorTopKOptions,
  ): { readonly values: TensorOf<X>; readonly indices: IntegerTensor };
  (x: Uint16Array, options: HalfOptions<TopKOptions>): TopK<Uint16Array>;
};

/** A draw, from tensors too. */
export type TensorSample = typeof sample & {
  <X extends TensorLike>(
    logits: X,
    options?: TensorSampleOptions,
  ): { readonly tokens: IntegerTensor; readonly logProbs: TensorOf<X> };
  (
    logits: Uint16Array,
    options: HalfOptions<SampleOptions> & { readonly shape: readonly number[] },
  ): Samples<Uint16Array>;
  (logits: Uint16Array, options: HalfOptions<SampleOptions> & { readonly shape?: undefined }): Sample;
};

/** A function of rows that takes tensors too. */
export type TensorFunction = typeof softmax & {
  <X extends TensorLike>(x: X, options?: TensorOptions): TensorOf<X>;
  (x: Uint16Array, options: HalfOptions<RowOptions>): Uint16Array;
};

/** The logistic function, which takes tensors too. */
export type TensorSigmoid = typeof sigmoid & {
  <X extends TensorLike>(x: X, options?: Options<SigmoidOptions>): TensorOf<X>;
  (x: Uint16Array, options: HalfOptions<SigmoidOptions>): Uint16Array;
};

/** The entropy of rows, which takes tensors too. */
export type TensorEntropy = typeof entropy & (<X extends TensorLike>(x: X, options?: TensorOptions) => TensorOf<X>);

/** The log-probabilities of tokens, which take tensors too. */
export type TensorTokenLogProbs = typeof tokenLogProbs &
  (<X extends TensorLike>(logits: X, tokens: Tokens | TensorLike, options?: Options<TokenOptions>) => TensorOf<X>);

/** Options of the binary loss, for tensors. */
export type TensorBinaryOptions<R extends Reduction = Reduction> = Options<BinaryOptions<R>>;

/** Options of the binary loss with its gradient, for tensors. */
export type TensorBinaryGradOptions<R extends Reduction = Reduction> = Options<BinaryGradOptions<R>>;

/** The binary loss, which takes tensors too. */
export type TensorBinaryCrossEntropy = typeof binaryCrossEntropy & {
  <X extends TensorLike>(
    logits: X,
    targets: BinaryTargets | TensorLike,
    options: TensorBinaryOptions<"none"> & None,
  ): TensorOf<X>;
  (logits: TensorLike, targets: BinaryTargets | TensorLike, options?: TensorBinaryOptions<"mean" | "sum">): number;
  <X extends TensorLike, R extends Reduction = "mean">(
    logits: X,
    targets: BinaryTargets | TensorLike,
    options: TensorBinaryOptions<R> | undefined,
  ): LossOf<X, R>;
};

/** The binary loss and its gradient, which take tensors too. */
export type TensorBinaryCrossEntropyGrad = typeof binaryCrossEntropyGrad & {
  <X extends TensorLike>(
    logits: X,
    targets: BinaryTargets | TensorLike,
    options: TensorBinaryGradOptions<"none"> & None,
  ): LossAndGrad<TensorOf<X>, TensorOf<X>>;
  <X extends TensorLike>(
    logits: X,
    targets: BinaryTargets | TensorLike,
    options?: TensorBinaryGradOptions<"mean" | "sum">,
  ): LossAndGrad<number, TensorOf<X>>;
  <X extends TensorLike, R extends Reduction = "mean">(
    logits: X,
    targets: BinaryTargets | TensorLike,
    options: TensorBinaryGradOptions<R> | undefined,
  ): LossAndGrad<LossOf<X, R>, TensorOf<X>>;
};

/** The loss, which takes tensors too. */
export type TensorCrossEntropy = typeof crossEntropy & {
  <X extends TensorLike>(
    logits: X,
    targets: Labels | TensorLike,
    options: TensorLossOptions<"none"> & None,
  ): TensorOf<X>;
  (logits: TensorLike, targets: Labels | TensorLike, options: Options<PartsOptions> & InParts): LossParts;
  (logits: TensorLike, targets: Labels | TensorLike, options?: TensorLossOptions<"mean" | "sum">): number;
  <X extends TensorLike, R extends Reduction = "mean">(
    logits: X,
    targets: Labels | TensorLike,
    options: TensorLossOptions<R> | undefined,
  ): LossOf<X, R>;
  (logits: Logits, targets: TensorLike, options: PartsOptions): LossParts;
  <X extends Logits>(logits: X, targets: TensorLike, options: PlainNone): ResultOf<X>;
  (logits: Logits, targets: TensorLike, options?: LossOptions<"mean" | "sum", undefined>): number;
  (logits: Uint16Array, targets: Labels | TensorLike, options: HalfOptions<LossOptions<"none">> & None): Uint16Array;
  (logits: Uint16Array, targets: Labels | TensorLike, options: HalfOptions<LossOptions<"mean" | "sum">>): number;
};

/** The loss and its gradient, which take tensors too. */
export type TensorCrossEntropyGrad = typeof crossEntropyGrad & {
  <X extends TensorLike>(
    logits: X,
    targets: Labels | TensorLike,
    options: TensorGradOptions<"none"> & None,
  ): LossAndGrad<TensorOf<X>, TensorOf<X>>;
  <X extends TensorLike>(
    logits: X,
    targets: Labels | TensorLike,
    options?: TensorGradOptions<"mean" | "sum">,
  ): LossAndGrad<number, TensorOf<X>>;
  <X extends TensorLike, R extends Reduction = "mean">(
    logits: X,
    targets: Labels | TensorLike,
    options: TensorGradOptions<R> | undefined,
  ): LossAndGrad<LossOf<X, R>, TensorOf<X>>;
  <X extends Logits>(
    logits: X,
    targets: TensorLike,
    options: PlainGradOptions<"none"> & None,
  ): LossAndGrad<ResultOf<X>, ResultOf<X>>;
  <X extends Logits>(
    logits: X,
    targets: TensorLike,
    options?: PlainGradOptions<"mean" | "sum">,
  ): LossAndGrad<number, ResultOf<X>>;
  (
    logits: Uint16Array,
    targets: Labels | TensorLike,
    options: HalfOptions<GradOptions<"none">> & None,
  ): LossAndGrad<Uint16Array, Uint16Array>;
  (
    logits: Uint16Array,
    targets: Labels | TensorLike,
    options: HalfOptions<GradOptions<"mean" | "sum">>,
  ): LossAndGrad<number, Uint16Array>;
};

/** The derivative of a function of rows, which takes tensors too. */
export type TensorBackward = typeof softmaxBackward & {
  <Y extends TensorLike>(y: Y, dy: TensorLike | Logits | Uint16Array, options?: Options<BackwardOptions>): TensorOf<Y>;
  (y: Uint16Array, dy: TensorLike | Uint16Array, options: HalfOptions<BackwardOptions>): Uint16Array;
};

/** The Hessian of a loss times a vector, which takes tensors too. */
export type TensorCrossEntropyHvp = typeof crossEntropyHvp & {
  <X extends TensorLike>(
    logits: X,
    targets: Labels | TensorLike,
    v: TensorLike | Logits | Uint16Array,
    options?: TensorLossOptions,
  ): TensorOf<X>;
  (
    logits: Uint16Array,
    targets: Labels | TensorLike,
    v: TensorLike | Uint16Array,
    options: HalfOptions<LossOptions>,
  ): Uint16Array;
};

/** The Jacobian, which takes a tensor too. */
export type TensorJacobian = typeof softmaxJacobian & (<X extends TensorLike>(x: X) => TensorOf<X>);
