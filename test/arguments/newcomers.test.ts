// What people try first who come from elsewhere. Each call works, or its error says what to write here.

import { describe, expect, it } from "vitest";
import { crossEntropy as loss, crossEntropyGrad, logSoftmax, logSumExp, softmax as f, topK } from "../../src/index.js";

// As JavaScript sees them: the types would refuse much of this.
const softmax = f as (...args: unknown[]) => number[];
const crossEntropy = loss as (...args: unknown[]) => number;

const x = Float32Array.of(2, 1, 0.1, 0, 3, 1);
const ROWS = [
  [2, 1, 0.1],
  [0, 3, 1],
];
const ONE_HOT = [
  [1, 0, 0],
  [0, 1, 0],
];
const LOSS = expect.closeTo(0.29344, 5) as number;

interface Newcomer {
  /** What is tried. */
  readonly tried: string;
  readonly run: () => unknown;
  /** What comes of it: a result, or what the message says. */
  readonly gives: unknown;
}

const row = (tried: string, run: () => unknown, gives: unknown): Newcomer => ({ tried, run, gives });

const FROM: Readonly<Record<string, readonly Newcomer[]>> = {
  PyTorch: [
    row("softmax(x, -1)", () => softmax([2, 1], -1), /write \{ axis: -1 \}/),
    row("topk(x, 2)", () => topK(x, 2 as never), /write \{ k: 2 \}/),
    row("dim", () => softmax(x, { dim: -1 }), /"dim", which is axis here/),
    row("dtype", () => softmax(x, { dtype: "float64" }), /Float64Array\.from/),
    row("keepdim", () => logSumExp(x, { keepdim: true } as never), /results are flat/),
    row("rows and labels", () => crossEntropy(ROWS, [0, 1]), LOSS),
    row("one row and its label", () => crossEntropy([2, 1, 0.1], 0), expect.closeTo(0.41703, 5)),
    row("int64 labels", () => crossEntropy(x, BigInt64Array.of(0n, 1n)), LOSS),
    row("labels as bigints", () => crossEntropy(x, [0n, 1n]), LOSS),
    row("probabilities as rows", () => crossEntropy(ROWS, ONE_HOT), LOSS),
    row("ignore_index", () => crossEntropy(x, [0, 1], { ignore_index: -1 }), /which is ignoreIndex here/),
    row("label_smoothing", () => crossEntropy(x, [0, 1], { label_smoothing: 0.1 }), /which is labelSmoothing here/),
    row("weight third", () => crossEntropy(x, [0, 1], [1, 1, 2]), /options: expected a plain object/),
    row("integer weights", () => crossEntropy(x, [0, 1], { weight: Int32Array.of(1, 1, 2) }), /Float64Array\.from/),
    row("batchmean", () => crossEntropy(x, [0, 1], { reduction: "batchmean" }), /"mean", "sum", "none" or "parts"/),
    row("a cube", () => softmax([[[1, 2]], [[3, 4]]]), /flat, with shape/),
    row("integers", () => softmax(Int32Array.of(1, 2)), /Float32Array\.from\(x\) converts it/),
    row("a scalar", () => softmax(5), /expected a Float32Array.*got 5/),
    row("temperature 0", () => softmax(x, { temperature: 0 }), /argmax/),
    row("an inferred size", () => softmax(x, { shape: [2, -1] }), /no size is inferred/),
  ],
  "TensorFlow.js": [
    row(
      "rows",
      () => softmax(ROWS)[0],
      [0.659, 0.24243, 0.09857].map((p) => expect.closeTo(p, 4) as number),
    ),
    row("softmax(rows, -1)", () => softmax(ROWS, -1), /write \{ axis: -1 \}/),
    row("axis -1 of a flat array", () => softmax(Float32Array.of(0, 0), { axis: -1 }), Float32Array.of(0.5, 0.5)),
    row("one-hot rows", () => crossEntropy(x, ONE_HOT), LOSS),
    row("one-hot int32, without a shape", () => crossEntropy(x, Int32Array.from(ONE_HOT.flat())), /rows of numbers/),
    row("one-hot int32", () => crossEntropy(x, Int32Array.from(ONE_HOT.flat()), { shape: [2, 3] }), /one-hot ones/),
    row("one-hot numbers", () => crossEntropy(x, ONE_HOT.flat(), { shape: [2, 3] }), LOSS),
    row("one-hot booleans", () => crossEntropy(ROWS, [[true, false, false], [false, true, false]]), /expected a number/), // prettier-ignore
    row("float labels", () => crossEntropy(x, Float32Array.of(0, 1)), /6 probabilities for 6 logits, or integers/),
    row("labels in a column", () => crossEntropy(ROWS, [[0], [1]]), /or integers as labels/),
    row("a label too large", () => crossEntropy(x, [0, 3]), /integer in \[0, 3\), got 3/),
    row("booleans as labels", () => crossEntropy(x, [true, false]), /integer in \[0, 3\), got true/),
    row("fromLogits", () => crossEntropy(x, [0, 1], { fromLogits: true }), /always logits/),
    row("bytes", () => softmax(new Uint8Array(3)), /Float32Array\.from\(x\)/),
    row("a promise of data", () => softmax(Promise.resolve(x)), /await it first/),
    row("a buffer", () => softmax(x.buffer), /an object \(ArrayBuffer\)/),
    row("a shape in text", () => softmax(x, { shape: "2,3" }), /expected an array of integers/),
    row("another shape", () => softmax(x, { shape: [2, 2] }), /2 × 2 = 4/),
    row("dims", () => softmax(x, { dims: [2, 3] }), /which is shape here/),
    row("the gradient of rows", () => crossEntropyGrad(ROWS, ONE_HOT).grad.length, 2),
  ],
  "transformers.js": [
    row("softmax(array)", () => softmax([0, 0]), [0.5, 0.5]),
    row("softmax(typed array)", () => softmax(Float32Array.of(0, 0)), Float32Array.of(0.5, 0.5)),
    row("map over the result", () => softmax([0, 0]).map((p, i) => [p, i]), [[0.5, 0], [0.5, 1]]), // prettier-ignore
    row("log_softmax", () => logSoftmax([5]), [0]),
    row("sort the result", () => softmax([1, 2, 3]).sort((a, b) => b - a)[0], expect.closeTo(0.66524, 5)),
    row("an attention mask", () => softmax([0, 0, 9], { mask: BigInt64Array.of(1n, 1n, 0n) }), [0.5, 0.5, 0]),
    row("a mask of rows", () => softmax([[0, 9]], { mask: [[1, 0]] }), [[1, 0]]),
    row("a mask of booleans", () => softmax([0, 9], { mask: [true, false] }), [1, 0]),
    row("a mask to be added", () => softmax([0, 9], { mask: [0, -Infinity] }), /true or false, 1 or 0/),
    row("attention_mask", () => softmax(x, { attention_mask: [1, 0] }), /which is mask here/),
    row("padded rows", () => softmax([[0, 0, 9]], { lengths: [2] }), [[0.5, 0.5, 0]]),
    row("causal attention", () => softmax([[0, 9], [0, 0]], { lengths: "causal" }), [[1, 0], [0.5, 0.5]]), // prettier-ignore
    row("temperature", () => softmax([0, 0], { temperature: 0.7 }), [0.5, 0.5]),
    row("temperature in text", () => softmax(x, { temperature: "0.7" }), /temperature: expected a number/),
    row("top_k", () => softmax(x, { top_k: 5 }), /option of sample, topK/),
    row("typed rows", () => softmax([x.subarray(0, 3), x.subarray(3)]), /flat, with shape/),
    row("int64 logits", () => softmax(BigInt64Array.of(1n, 2n)), /Float32Array\.from\(x, Number\)/),
    row("half bits", () => softmax(Uint16Array.of(1, 2)), /Float32Array\.from\(x\)/),
    row("nothing", () => softmax(undefined), /got undefined/),
    row("the loss of a row", () => crossEntropy(Float32Array.of(2, 1, 0.1), 0), expect.closeTo(0.41703, 5)),
  ],
  "a blog post": [
    row("JSON", () => JSON.stringify(softmax([0, 0])), "[0.5,0.5]"),
    row("toFixed", () => softmax([1, 2, 3]).map((p) => p.toFixed(2)), ["0.09", "0.24", "0.67"]),
    row("the largest", () => Math.max(...softmax([0, 0])), 0.5),
    row("a sum with logSumExp", () => logSumExp([0, 0]) + 1, expect.closeTo(1.69315, 5)),
    row("concat", () => softmax([0, 0]).concat([1]), [0.5, 0.5, 1]),
    row("nothing in it", () => softmax([]), []),
    row("large numbers", () => softmax([1000, 1000]), [0.5, 0.5]),
    row("NaN", () => softmax([NaN, 1]), [NaN, NaN]),
    row("rest arguments", () => softmax(1, 2, 3), /expected a plain object|expected a Float32Array/),
    row("text", () => softmax("1,2,3"), /got "1,2,3"/),
    row("numbers in text", () => softmax([1, "2"]), /x\[1\]: expected a number, got "2"/),
    row("a hole", () => softmax([1, null]), /x\[1\]: expected a number, got null/),
    row("ragged rows", () => softmax([[1, 2], [3]]), /x\[1\]: expected length 2, like x\[0\], got 1/),
    row("a set", () => softmax(new Set([1, 2])), /Array\.from\(x\) makes an array of it/),
    row("something like an array", () => softmax({ 0: 1, 1: 2, length: 2 }), /Array\.from\(x\)/),
    row("one-hot for one row", () => crossEntropy([2, 1, 0.1], [1, 0, 0]), /leave one class.*rows of numbers/),
    row("one-hot for one row, as rows", () => crossEntropy([[2, 1, 0.1]], [[1, 0, 0]]), expect.closeTo(0.41703, 5)),
    row("a label in text", () => crossEntropy([2, 1], "cat"), /targets: expected integers/),
    row("no label", () => crossEntropy([2, 1]), /targets: expected integers.*got undefined/),
    row("the gradient of one row", () => crossEntropyGrad([0, 0], 1).grad, [0.5, -0.5]),
  ],
};

describe.each(Object.entries(FROM))("from %s", (_, calls) => {
  it("twenty calls", () => expect(calls).toHaveLength(20));

  it.each(calls)("$tried", ({ run, gives }) => {
    if (gives instanceof RegExp) expect(run).toThrow(gives);
    else expect(run()).toEqual(gives);
  });
});
