import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, showShape, typeError } from "../errors.js";
import {
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  type FloatArray,
  type LossOptions,
  type Reduction,
} from "../index.js";
import { type ReadTensor, readSync } from "../interop/readTensor.js";
import { samePlaces } from "../interop/sizes.js";
import type { SyncLike } from "../interop/tensorLike.js";
import type { Operations, TensorFlow } from "./tensorFlow.js";

/** Options of the loss, which mean what they mean in `softmax-wasm`. */
export interface SparseLossOptions<R extends Reduction = Reduction> extends Pick<
  LossOptions<R>,
  "reduction" | "ignoreIndex" | "labelSmoothing" | "temperature" | "zLoss"
> {
  /** w: one finite number ≥ 0 per class, in an array or a tensor; 1 by default. */
  readonly weight?: LossOptions["weight"] | SyncLike;
  /** Whether tensors may be fetched from a GPU, and the gradient sent there, at each call; false by default. */
  readonly allowGpu?: boolean | undefined;
}

/** Tensors of a TensorFlow.js. */
type TensorIn<Tf extends TensorFlow> = ReturnType<Tf["tensor"]>;
type ScalarIn<Tf extends TensorFlow> = ReturnType<Tf["scalar"]>;

const OPTIONS = ["reduction", "ignoreIndex", "labelSmoothing", "temperature", "zLoss", "weight", "allowGpu"];

/** The official backends that keep tensors in the computer's memory. */
const ON_THE_CPU = ["cpu", "wasm", "tensorflow"];

/**
 * The softmax cross entropy of labels, as a loss for `model.compile`, `optimizer.minimize`, `tf.variableGrads` and `tf.grad`.
 *
 * The loss takes labels and logits, in this order. Labels are a tensor of int32 or float32. It has the shape of the
 * logits without the last axis, that of the classes, or with 1 in its place: [N] or [N, 1] for logits of [N, C]. The
 * model's last layer has no softmax, because the loss computes it. `model.fit` accepts labels after
 * {@link compileWithLabels}.
 *
 * Value and gradient are computed in one pass. Second derivatives are right too; a third derivative is refused.
 *
 * @param tf TensorFlow.js, on its backend `cpu`, `wasm` or, in Node, `tensorflow`. On any other one the loss throws unless
 *   `allowGpu` is true.
 * @returns The loss: a scalar, or under reduction "none" a tensor of one loss per position.
 * @throws TypeError or RangeError with the code ERR_OPTION. The loss throws TypeError with ERR_DTYPE or RangeError with
 *   ERR_SHAPE, ERR_LABEL, ERR_OPTION or ERR_LOCATION.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { sparseSoftmaxCrossEntropy } from "softmax-wasm/tfjs";
 *
 * const loss = sparseSoftmaxCrossEntropy(tf, { ignoreIndex: -1 });
 * const labels = tf.tensor([0, 1, -1], [3], "int32");
 * const logits = tf.tensor([2, 1, 0.1, 0, 3, 1, 5, 5, 5], [3, 3]);
 * loss(labels, logits).dataSync(); // → 0.293
 * tf.grad((x) => loss(labels, x))(logits).dataSync(); // → -0.170, 0.121, 0.049, 0.021, -0.078, 0.057, 0, 0, 0
 * ```
 */
export function sparseSoftmaxCrossEntropy<Tf extends TensorFlow>(
  tf: Tf,
  options?: SparseLossOptions<"mean" | "sum">,
): (labels: TensorIn<Tf>, logits: TensorIn<Tf>) => ScalarIn<Tf>;
export function sparseSoftmaxCrossEntropy<Tf extends TensorFlow>(
  tf: Tf,
  options: SparseLossOptions,
): (labels: TensorIn<Tf>, logits: TensorIn<Tf>) => TensorIn<Tf>;
export function sparseSoftmaxCrossEntropy(
  tf: TensorFlow,
  options: unknown = {},
): (labels: never, logits: never) => SyncLike {
  const operations = tf as unknown as Operations;
  if (typeof (operations as Partial<Operations> | undefined)?.customGrad !== "function") {
    throw typeError("ERR_OPTION", `tf: expected the module of TensorFlow.js, got ${show(tf)}`);
  }
  const { allowGpu, given } = readOptions(options);
  return (labels: unknown, logits: unknown) => {
    checkBackend(operations, allowGpu);
    return lossOf(operations, given, labels, logits as SyncLike);
  };
}

type Given = Omit<LossOptions, "out">;

function readOptions(options: unknown): { allowGpu: boolean; given: Given } {
  checkIsPlain(options);
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue;
    throw typeError("ERR_OPTION", `options: expected only ${OPTIONS.join(", ")}, got ${show(name)}`);
  }
  const { allowGpu = false, weight, ...given } = options as Record<string, unknown>;
  if (typeof allowGpu !== "boolean") {
    throw typeError("ERR_OPTION", `allowGpu: expected true or false, got ${show(allowGpu)}`);
  }
  // Wrong options are reported here, and not at the first batch. The number of weights is not known yet.
  crossEntropyGrad([0], [0], given as LossOptions<"mean", undefined>);
  return {
    allowGpu,
    given: { ...given, weight: isTensor(weight) ? readSync("weight", weight).data : weight } as Given,
  };
}

function checkBackend(tf: Operations, allowGpu: boolean): void {
  const backend = tf.getBackend();
  if (allowGpu || ON_THE_CPU.includes(backend)) return;
  const expected = `expected a backend on the CPU (${ON_THE_CPU.join(", ")}), or the option allowGpu: true`;
  throw rangeError(
    "ERR_LOCATION",
    `tf: ${expected}, which copies tensors from the GPU at each call, got ${show(backend)}`,
  );
}

function lossOf(tf: Operations, given: Given, labels: unknown, logits: SyncLike): SyncLike {
  const { data, dims } = readLogits(logits);
  const loss = sparseLoss(tf, { ...given, shape: dims }, readLabels(labels, dims), dims);
  if (!tf.engine().isTapeOn()) return loss.tensorOf(loss.value(data));
  return tf.customGrad<[SyncLike]>((x, save) => {
    save([x]);
    const { value, grad } = loss.valueAndGrad(data);
    const gradient: Gradient = (z, dy) => {
      const upstream = loss.upstreamOf(dy);
      const isKnown = upstream === 1 && grad !== undefined;
      return tf.tensor(isKnown ? grad : loss.gradient(readLogits(z).data, upstream), dims, "float32");
    };
    return {
      value: loss.tensorOf(value),
      gradFunc: (dy, [z]) => (tf.engine().isTapeOn() ? differentiable(tf, loss, gradient)(z, dy) : gradient(z, dy)),
    };
  })(logits);
}

/** The gradient with respect to logits, times an upstream gradient. */
type Gradient = (logits: SyncLike, dy: SyncLike) => SyncLike;

/** A gradient that is recorded for a gradient of its own, with respect to the logits and to what comes from above. */
function differentiable(tf: Operations, loss: SparseLoss, gradient: Gradient): Gradient {
  return tf.customGrad<[SyncLike, SyncLike]>((logits, dy, save) => {
    save([logits, dy]);
    return {
      value: gradient(logits, dy),
      gradFunc: (v, [z, from]) => {
        if (tf.engine().isTapeOn()) {
          throw rangeError("ERR_OPTION", "tf: expected at most two nested gradients of the loss, got three");
        }
        return loss.gradientOfGradient(readLogits(z).data, loss.upstreamOf(from), readSync("v", v).data as FloatArray);
      },
    };
  });
}

type SparseLoss = ReturnType<typeof sparseLoss>;

/** The loss of labels and its derivatives, on arrays. */
function sparseLoss(tf: Operations, options: Given, labels: Int32Array | number[], dims: readonly number[]) {
  const isNone = options.reduction === "none";
  const positions = dims.slice(0, -1);
  const cols = dims[dims.length - 1];
  const with_ = (more: object) => ({ ...options, ...more }) as LossOptions<"mean", undefined>;
  const gradient = (x: FloatArray, upstream: number | FloatArray): FloatArray =>
    crossEntropyGrad(x, labels, with_({ upstream })).grad;
  const value = (x: FloatArray): number | FloatArray => crossEntropy(x, labels, with_({}));
  return {
    value,
    gradient,
    /**
     * In one pass; except with one loss per position, because each has an upstream gradient of its own that is not
     * known yet.
     */
    valueAndGrad(x: FloatArray): { value: number | FloatArray; grad?: FloatArray } {
      if (isNone) return { value: value(x) };
      const both = crossEntropyGrad(x, labels, with_({ out: isOwnCopy(tf, x) ? x : undefined }));
      return { value: both.loss, grad: both.grad };
    },
    /** With respect to the logits and to the upstream gradient. */
    gradientOfGradient(x: FloatArray, upstream: number | FloatArray, v: FloatArray): SyncLike[] {
      const rowOf = (i: number) => (isNone ? Math.floor(i / cols) : 0);
      const factors = typeof upstream === "number" ? [upstream] : upstream;
      const scaled = Float32Array.from(v, (each, i) => each * factors[rowOf(i)]);
      const products = new Float64Array(factors.length);
      gradient(x, 1).forEach((each, i) => (products[rowOf(i)] += each * v[i]));
      const byLogits = crossEntropyHvp(x as Float32Array, labels, scaled, with_({}));
      const byUpstream = isNone ? Float32Array.from(products) : products[0];
      return [tf.tensor(byLogits, dims, "float32"), this.tensorOf(byUpstream)];
    },
    upstreamOf(dy: SyncLike): number | FloatArray {
      const { data } = readSync("upstream", dy);
      return isNone ? (data as FloatArray) : (data as FloatArray)[0];
    },
    /** A tensor of the losses, or a scalar of a single one; also for arrays like them. */
    tensorOf: (of: number | FloatArray): SyncLike =>
      typeof of === "number" ? tf.scalar(of) : tf.tensor(of, positions, "float32"),
  };
}

/** Whether elements were copied out of the backend's memory, so that they may be overwritten. */
function isOwnCopy(tf: Operations, { buffer, byteLength }: FloatArray): boolean {
  return tf.getBackend() === "wasm" && buffer.byteLength === byteLength;
}

function readLogits(logits: unknown): { readonly data: FloatArray; readonly dims: readonly number[] } {
  return tensorIn("logits", logits) as { readonly data: FloatArray; readonly dims: readonly number[] };
}

/** Labels as the library takes them: floats are probabilities there, unless they are in a plain array. */
function readLabels(labels: unknown, dims: readonly number[]): Int32Array | number[] {
  const tensor = tensorIn("targets", labels);
  const positions = dims.slice(0, -1);
  if (!samePlaces(tensor.dims, positions)) {
    const expected = `expected a tensor of shape ${showShape(positions)} or ${showShape([...positions, 1])}, to fit logits`;
    const hint = samePlaces(tensor.dims, dims) ? "; one-hot rows are for tf.losses.softmaxCrossEntropy" : "";
    throw rangeError("ERR_SHAPE", `targets: ${expected}, got ${showShape(tensor.dims)}${hint}`);
  }
  return tensor.type === "int32" ? (tensor.data as Int32Array) : Array.from(tensor.data as Float32Array);
}

function tensorIn(name: string, value: unknown): ReadTensor {
  if (isTensor(value)) return readSync(name, value);
  throw typeError("ERR_DTYPE", `${name}: expected a tensor of TensorFlow.js, got ${show(value)}`);
}

function isTensor(value: unknown): value is SyncLike {
  return typeof value === "object" && value !== null && "dataSync" in value;
}
