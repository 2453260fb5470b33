// A user's file: what people write with the library, in types that every compiler since TypeScript 5.0 has to accept. run.mjs
// compiles it with every combination of compiler, module resolution and libraries.

import {
  alloc,
  argmax,
  type ArgmaxOptions,
  type BackwardOptions,
  type BinaryGradOptions,
  type BinaryOptions,
  backend,
  binaryCrossEntropy,
  binaryCrossEntropyGrad,
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  type GradOptions,
  instantiate,
  type Labels,
  type LossOptions,
  logSoftmax,
  logSumExp,
  type Reduction,
  type RowOptions,
  sample,
  type SampleOptions,
  sigmoid,
  type SigmoidOptions,
  softmax,
  softmaxBackward,
  softmaxJacobian,
  type Targets,
  tokenLogProbs,
  type TokenOptions,
  type WasmArray,
} from "softmax-wasm";
import { softmax as inJs } from "softmax-wasm/js";
import { softmax as relaxed } from "softmax-wasm/relaxed";
import { type Tensor, softmax as ofTensor, crossEntropy as ofTensors } from "softmax-wasm/interop";
import {
  type GradientOutputs,
  type Layer,
  type LinearGradOptions,
  linear,
  linearCrossEntropy,
  linearCrossEntropyGrad,
  linearOn,
} from "softmax-wasm/linear";
import { argmaxOf, crossEntropyGradFrom, logSumExpOf, merge, partial, type States } from "softmax-wasm/shards";
import { createPool, type Pool, type PoolOptions } from "softmax-wasm/threads";

declare const x: Float32Array;
declare const doubles: Float64Array;
declare const labels: Int32Array;
declare const flag: boolean;

/** What new arrays are to this compiler. */
type New32 = ReturnType<typeof Float32Array.of>;
type New64 = ReturnType<typeof Float64Array.of>;

/** Results go where arrays on an ArrayBuffer are asked for: from 5.7 on Float32Array<ArrayBuffer>. */
export function newArrays(): (New32 | New64)[] {
  const p: New32 = softmax(x);
  const grad: New32 = crossEntropyGrad(x, labels).grad;
  const losses: New32 = crossEntropy(x, labels, { reduction: "none" });
  const { buffer }: { buffer: ArrayBuffer } = alloc(Float32Array, 3).view as New32;
  const wide: New64 = softmax(doubles);
  return [p, grad, losses, inJs(x), relaxed(x), logSumExp(x, { shape: [1, 3] }), new Float32Array(buffer), wide];
}

/** Functions that pass options on. */
export function passedOn(options: RowOptions, loss: LossOptions, grad: GradOptions, backward: BackwardOptions): void {
  const a: Float32Array | Float64Array | WasmArray | number | object = softmax(x, options);
  const b: object = logSoftmax(x, options);
  const c: unknown = crossEntropy(x, labels, loss);
  const d: unknown = crossEntropyGrad(x, labels, grad).loss;
  const e: object = crossEntropyHvp(x, labels, x, loss);
  const f: object = softmaxBackward(x, x, backward);
  void [a, b, c, d, e, f, logSumExp(x, options)];
}

/** Of the functions of choices, and of classes that do not exclude each other. */
export function passedOnToo(
  choice: ArgmaxOptions,
  draw: SampleOptions,
  tokens: TokenOptions,
  each: SigmoidOptions,
  binary: BinaryOptions,
  grad: BinaryGradOptions,
): void {
  const a: number | Int32Array = argmax(x, choice);
  const b: object = sample(x, draw);
  const c: unknown = tokenLogProbs(x, labels, tokens);
  const d: object = sigmoid(x, each);
  const e: unknown = binaryCrossEntropy(x, x, binary);
  const f: unknown = binaryCrossEntropyGrad(x, x, grad).loss;
  void [a, b, c, d, e, f];
}

export const maybePassedOn = (options?: RowOptions<undefined>, loss?: LossOptions<"mean">): [New32, number] => [
  softmax(x, options),
  crossEntropy(x, labels, loss),
];

export function reduced(reduction: Reduction): number | New32 {
  const { loss } = crossEntropyGrad(x, labels, { reduction });
  return flag ? loss : crossEntropy(x, labels, { reduction });
}

export const summed = (reduction: "mean" | "sum"): number => crossEntropy(x, labels, { reduction });

/** `out` that may be none, and every other option. */
export function maybe(out: Float32Array | undefined, shape: number[] | undefined, mask?: Uint8Array): Float32Array {
  const temperature = flag ? 2 : undefined;
  const p: Float32Array = softmax(x, { out, shape, temperature, ...(mask && { mask }) });
  const { grad } = crossEntropyGrad(x, labels, { out, shape, ignoreIndex: flag ? null : undefined, zLoss: undefined });
  const rows: Float32Array = softmax(x, { out: undefined, axis: flag ? 0 : undefined });
  softmaxBackward(p, grad, { out, temperature });
  return flag ? rows : grad;
}

/** Own functions over all kinds of input, by generics. */
export function targetsOf(targets: Targets, plain: Labels): number {
  return crossEntropy(x, targets) + crossEntropy(doubles, plain, { reduction: "sum", weight: [1, 2, 3] });
}

export function resident(): number[] {
  const array: WasmArray<Float32Array> = alloc(Float32Array, 3);
  const same: WasmArray<Float32Array> = softmax(array, { out: array });
  const elements: number[] = [...same];
  array.free();
  return [...elements, ...array.toJSON(), ...Array.from(array), array.view[0] ?? 0];
}

export function instances(): string | undefined {
  const instance = instantiate({ backend: flag ? "js" : undefined });
  const p: New32 = instance.softmax(x);
  return p.length > 0 ? instance.backend().reason : backend().kind;
}

export function tensors(tensor: { dims: number[]; type: "float32"; data: Float32Array }): Tensor {
  const loss: number = ofTensors(tensor, labels);
  return loss > 0 ? ofTensor(tensor) : ofTensor(tensor, { axis: 0, temperature: flag ? 2 : undefined });
}

export async function pool(options: PoolOptions, loss: LossOptions): Promise<New32> {
  const made: Pool = await createPool(flag ? options : { threads: flag ? 2 : undefined });
  const shared = made.alloc(Float32Array, 3);
  const written: WasmArray<Float32Array> = await made.softmax(x, { out: shared });
  const each: unknown = await made.crossEntropy(x, labels, loss);
  await made.terminate();
  return each === undefined ? new Float32Array(written) : made.softmax(x, { shape: flag ? [1, 3] : undefined });
}

export const jacobian: New64 = softmaxJacobian(doubles);

export function layers(
  layer: Layer,
  options: LinearGradOptions<"mean", false, undefined, Float32Array, undefined>,
): number {
  const out: GradientOutputs = { weight: alloc(Float32Array, 3) };
  const logits: New32 = linear(x, { weight: x, bias: x });
  const rows: number[][] = linear([[1, 2]], { weight: [[1, 2]] });
  const loss: number = linearCrossEntropy(x, layer, labels, { labelSmoothing: flag ? 0.1 : undefined });
  const losses: New64 = linearCrossEntropy(doubles, { weight: doubles }, labels, { reduction: "none" });
  const { gradX, gradWeight, gradBias } = linearCrossEntropyGrad(x, { weight: x, bias: x }, labels, options);
  const nothing: null = gradX;
  const written: Float32Array = gradWeight;
  const bias: New32 = gradBias;
  const passed: unknown = linearCrossEntropyGrad(x, layer, labels, { out, accumulate: true }).gradWeight;
  const elsewhere: New32 = linearOn(instantiate()).linear(x, { weight: x });
  void [logits, rows, losses, nothing, written, bias, passed, elsewhere];
  return loss;
}

export async function layersOnPool(made: Pool, layer: Layer<WasmArray<Float32Array>>): Promise<New32> {
  const on = linearOn(made);
  const shared: WasmArray<Float32Array> = await on.linear(x, layer, { out: made.alloc(Float32Array, 3) });
  const { loss, gradX }: { loss: number; gradX: New32 } = await on.linearCrossEntropyGrad(x, layer, labels);
  return loss > shared.length ? gradX : (await on.linearCrossEntropyGrad(x, layer, 1)).gradWeight;
}

export function pieces(states: States): Int32Array {
  const both: New64 = merge(states, partial(x, { offset: 3, labels, shape: flag ? [1, 3] : undefined }));
  const grad: New32 = crossEntropyGradFrom(x, both, { labels });
  return grad.length > 0 ? argmaxOf(logSumExpOf(both)) : argmaxOf(both);
}
