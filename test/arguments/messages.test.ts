// What every refusal says, word for word: what, expected, got. One line each for what has no table of its own elsewhere in
// this folder (shape, labels, temperature, reduction, ignoreIndex, out and the arrays have).

import { describe, expect, it } from "vitest";
import type { Instance } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import {
  expectRefusal,
  LOSS_OPTIONS,
  patterned,
  PROBABILITIES,
  rangeError,
  type Refusal,
  typeError,
} from "./refusal.js";

const x = Float32Array.of(1, 2, 3, 3, 1, 2);
const labels = Int32Array.of(2, 0);
const SHAPE = [2, 3];
const WIDE = [
  [1, 2, 3],
  [3, 1, 2],
];
const TALL = [
  [1, 0],
  [0, 1],
  [1, 0],
];

type Options = Readonly<Record<string, unknown>>;
type Call = (instance: Instance, options: Options) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  softmax: (i, o) => i.softmax(x, { shape: SHAPE, ...o } as never),
  logSoftmax: (i, o) => i.logSoftmax(x, { shape: SHAPE, ...o } as never),
  logSumExp: (i, o) => i.logSumExp(x, { shape: SHAPE, ...o } as never),
  argmax: (i, o) => i.argmax(x, { shape: SHAPE, ...o } as never),
  topK: (i, o) => i.topK(x, { shape: SHAPE, k: 2, ...o }),
  sample: (i, o) => i.sample(x, { shape: SHAPE, ...o } as never),
  crossEntropy: (i, o) => i.crossEntropy(x, labels, { shape: SHAPE, ...o } as never),
  crossEntropyGrad: (i, o) => i.crossEntropyGrad(x, labels, { shape: SHAPE, ...o } as never),
  "crossEntropyGrad of soft targets": (i, o) => i.crossEntropyGrad(x, x, { shape: SHAPE, ...o } as never),
  crossEntropyHvp: (i, o) => i.crossEntropyHvp(x, labels, x, { shape: SHAPE, ...o } as never),
  softmaxBackward: (i, o) => i.softmaxBackward(x, x, { shape: SHAPE, ...o } as never),
  logSoftmaxBackward: (i, o) => i.logSoftmaxBackward(x, x, { shape: SHAPE, ...o } as never),
  entropy: (i, o) => i.entropy(x, { shape: SHAPE, ...o } as never),
  tokenLogProbs: (i, o) => i.tokenLogProbs(x, labels, { shape: SHAPE, ...o } as never),
  binaryCrossEntropy: (i, o) => i.binaryCrossEntropy(x, x, { shape: SHAPE, ...o } as never),
  binaryCrossEntropyGrad: (i, o) => i.binaryCrossEntropyGrad(x, x, { shape: SHAPE, ...o } as never),
  sigmoid: (i, o) => i.sigmoid(x, o as never),
};

const ROWS = ["softmax", "logSoftmax", "logSumExp", "entropy"];
const BINARY = ["binaryCrossEntropy", "binaryCrossEntropyGrad"];
const LOSSES = ["crossEntropy", "crossEntropyGrad", "crossEntropyGrad of soft targets", "crossEntropyHvp"];
const BACKWARD = ["softmaxBackward", "logSoftmaxBackward"];
const MASKED = [...ROWS, ...LOSSES, ...BACKWARD];
const GRADIENTS = ["crossEntropyGrad", "crossEntropyGrad of soft targets"];

function detached<T extends ArrayBufferView>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const option = "ERR_OPTION";

/** Functions, options, and the refusal. */
const TABLE: readonly (readonly [readonly string[], Options, Refusal])[] = [
  ...[2, -3, 0.5, NaN, Infinity, 2 ** 32].map(
    (axis) =>
      [
        [...ROWS, ...LOSSES, ...BACKWARD],
        { axis },
        rangeError("ERR_AXIS", `axis: expected an integer in [-2, 2), got ${axis}`),
      ] as const,
  ),
  [
    [...ROWS, ...LOSSES, ...BACKWARD],
    { axis: "1" },
    typeError("ERR_AXIS", 'axis: expected an integer in [-2, 2), got "1"'),
  ],
  [
    [...ROWS, ...LOSSES, ...BACKWARD],
    { axis: [1] },
    typeError("ERR_AXIS", "axis: expected an integer in [-2, 2), got an array of 1"),
  ],
  [
    [...ROWS, ...LOSSES, ...BACKWARD],
    { axis: null },
    typeError(option, "axis: expected a value or undefined, got null"),
  ],
  [MASKED, { mask: [1, 1, 1, 1, 1, 2] }, rangeError(option, "mask[5]: expected true or false, 1 or 0, got 2")],
  [MASKED, { mask: [-Infinity, 0, 0] }, rangeError(option, "mask[0]: expected true or false, 1 or 0, got -Infinity")],
  [MASKED, { mask: [true, null, true] }, typeError(option, "mask[1]: expected true or false, 1 or 0, got null")],
  [
    MASKED,
    { mask: new Float32Array(6) },
    typeError(option, "mask: expected a Uint8Array or an array of booleans, got Float32Array(6)"),
  ],
  [MASKED, { mask: true }, typeError(option, "mask: expected a Uint8Array or an array of booleans, got true")],
  [
    MASKED,
    { mask: new Uint8Array(5) },
    rangeError("ERR_SHAPE", "mask: expected length 6, or 3 for the classes alone, got 5"),
  ],
  [
    MASKED,
    { mask: [[1], [0], [1]] },
    rangeError("ERR_SHAPE", "mask[0]: expected length 3, as rows of the logits have, got 1"),
  ],
  [
    MASKED,
    {
      mask: [[true, true, false], [true, true], [true]],
    },
    rangeError("ERR_SHAPE", "mask[1]: expected length 3, as rows of the logits have, got 2"),
  ],
  [
    MASKED,
    {
      mask: [
        [1, 1, 0],
        [1, 1, 0],
        [1, 1, 0],
      ],
    },
    rangeError("ERR_SHAPE", "mask: expected length 6, or 3 for the classes alone, got 9"),
  ],
  [
    MASKED,
    {
      mask: [
        [1, 1, 0],
        [1, 2, 0],
      ],
    },
    rangeError(option, "mask[1][1]: expected true or false, 1 or 0, got 2"),
  ],
  [MASKED, { mask: [[1, 1, 0], 1, 1, 1] }, typeError(option, "mask[1]: expected a row, like mask[0], got 1")],
  // Without its holes it would have the length of the classes, or of the logits.
  [
    MASKED,
    { mask: [Object.assign(new Array(3), { 0: 1 }), Object.assign(new Array(3), { 1: 1, 2: 1 })] },
    typeError(option, "mask[0][1]: expected true or false, 1 or 0, got undefined"),
  ],
  [
    MASKED,
    { mask: Object.assign(new Array(3), { 0: [1, 1, 1], 2: [1, 1, 1] }) },
    typeError(option, "mask[1]: expected a row, like mask[0], got undefined"),
  ],
  [[...ROWS, ...LOSSES], { lengths: [1, 4] }, rangeError(option, "lengths[1]: expected an integer in [0, 3], got 4")],
  [
    [...ROWS, ...LOSSES],
    { lengths: Int32Array.of(1, -1) },
    rangeError(option, "lengths[1]: expected an integer in [0, 3], got -1"),
  ],
  [
    [...ROWS, ...LOSSES],
    { lengths: [1, "1"] },
    typeError(option, 'lengths[1]: expected an integer in [0, 3], got "1"'),
  ],
  [[...ROWS, ...LOSSES], { lengths: [1] }, rangeError("ERR_SHAPE", "lengths: expected 2, one per position, got 1")],
  [
    [...ROWS, ...LOSSES],
    { lengths: 2 },
    typeError(option, 'lengths: expected an array of integers or "causal", got 2'),
  ],
  [
    [...ROWS, ...LOSSES],
    { lengths: "causal" },
    rangeError("ERR_SHAPE", 'lengths: expected the last two sizes to be equal for "causal", got 2 × 3'),
  ],
  [
    [...ROWS, ...LOSSES],
    { lengths: [3, 3], mask: new Uint8Array(6) },
    rangeError(option, "mask: expected none together with lengths, got Uint8Array(6)"),
  ],
  [
    MASKED,
    { mask: detached(new Uint8Array(6)) },
    typeError("ERR_DETACHED", "mask: expected an array with its memory, got one whose buffer is detached"),
  ],
  [LOSSES, { weight: "1,1,1" }, typeError(option, 'weight: expected floats or an array of numbers, got "1,1,1"')],
  [LOSSES, { weight: 1 }, typeError(option, "weight: expected floats or an array of numbers, got 1")],
  [
    LOSSES,
    { weight: Int32Array.of(1, 1, 1) },
    typeError(
      option,
      "weight: expected floats or an array of numbers, got Int32Array(3); Float64Array.from(weight) converts it",
    ),
  ],
  [LOSSES, { weight: [1, 1] }, rangeError("ERR_SHAPE", "weight: expected 3 numbers, got 2")],
  [LOSSES, { weight: new Float32Array(4) }, rangeError("ERR_SHAPE", "weight: expected 3 numbers, got 4")],
  [LOSSES, { weight: [1, "1", 1] }, typeError(option, 'weight[1]: expected a number, got "1"')],
  [LOSSES, { weight: [1, 1, undefined] }, typeError(option, "weight[2]: expected a number, got undefined")],
  [LOSSES, { weight: [1, -0.5, 1] }, rangeError(option, "weight[1]: expected a finite number ≥ 0, got -0.5")],
  [LOSSES, { weight: [NaN, 1, 1] }, rangeError(option, "weight[0]: expected a finite number ≥ 0, got NaN")],
  [
    LOSSES,
    { weight: Float32Array.of(1, 1, Infinity) },
    rangeError(option, "weight[2]: expected a finite number ≥ 0, got Infinity"),
  ],
  [
    LOSSES,
    { weight: detached(new Float64Array(3)) },
    typeError("ERR_DETACHED", "weight: expected an array with its memory, got one whose buffer is detached"),
  ],
  ...[-0.1, 1.1, NaN, Infinity].map(
    (labelSmoothing) =>
      [
        LOSSES,
        { labelSmoothing },
        rangeError(option, `labelSmoothing: expected a number in [0, 1], got ${labelSmoothing}`),
      ] as const,
  ),
  [LOSSES, { labelSmoothing: "0.1" }, typeError(option, 'labelSmoothing: expected a number in [0, 1], got "0.1"')],
  [LOSSES, { labelSmoothing: 1n }, typeError(option, "labelSmoothing: expected a number in [0, 1], got 1n")],
  ...[-1, NaN, Infinity].map(
    (zLoss) => [LOSSES, { zLoss }, rangeError(option, `zLoss: expected a finite number ≥ 0, got ${zLoss}`)] as const,
  ),
  [LOSSES, { zLoss: true }, typeError(option, "zLoss: expected a finite number ≥ 0, got true")],
  [GRADIENTS, { upstream: "2" }, typeError(option, 'upstream: expected floats or an array of numbers, got "2"')],
  [
    GRADIENTS,
    { upstream: Int32Array.of(1, 1) },
    typeError(
      option,
      "upstream: expected floats or an array of numbers, got Int32Array(2); Float64Array.from(upstream) converts it",
    ),
  ],
  [GRADIENTS, { upstream: [1] }, rangeError("ERR_SHAPE", "upstream: expected 2 numbers, got 1")],
  [GRADIENTS, { upstream: [1, null] }, typeError(option, "upstream[1]: expected a number, got null")],
  [
    GRADIENTS,
    { upstream: [1, 1], reduction: "sum" },
    rangeError(option, 'upstream: expected a number, or reduction "none", got an array of 2'),
  ],
  [
    GRADIENTS,
    { upstream: detached(new Float32Array(2)) },
    typeError("ERR_DETACHED", "upstream: expected an array with its memory, got one whose buffer is detached"),
  ],
  [GRADIENTS, { accumulate: 1 }, typeError(option, "accumulate: expected true or false, got 1")],
  [GRADIENTS, { accumulate: "true" }, typeError(option, 'accumulate: expected true or false, got "true"')],
  [
    GRADIENTS,
    { accumulate: true, out: undefined },
    rangeError(option, "out: expected an array to accumulate in, got undefined"),
  ],
  [
    GRADIENTS,
    { accumulate: true, out: x },
    rangeError("ERR_OVERLAP", "out: expected memory apart from the logits, got a part of it"),
  ],
  [["crossEntropyHvp"], { upstream: 2 }, typeError(option, `options: expected only ${LOSS_OPTIONS}, got "upstream"`)],
  [
    BACKWARD,
    { lengths: [3, 3] },
    typeError(option, 'options: expected only shape, axis, temperature, mask, out, got "lengths"'),
  ],
  [
    [...BACKWARD, "crossEntropyHvp", "sigmoid"],
    { out: new Float64Array(6) },
    typeError("ERR_OUT", "out: expected a Float32Array or a WasmArray of one, got Float64Array(6)"),
  ],
  [
    [...BACKWARD, "crossEntropyHvp", ...GRADIENTS, "sigmoid"],
    { out: new Float32Array(5) },
    rangeError("ERR_OUT", "out: expected length 6, got 5"),
  ],
  [["sigmoid"], { shape: SHAPE }, typeError(option, 'options: expected only out, got "shape"')],
  ...["weight", "posWeight"].flatMap((name) => [
    [BINARY, { [name]: "1" }, typeError(option, `${name}: expected floats or an array of numbers, got "1"`)] as const,
    [BINARY, { [name]: -1 }, rangeError(option, `${name}: expected a finite number ≥ 0, got -1`)] as const,
    [BINARY, { [name]: NaN }, rangeError(option, `${name}: expected a finite number ≥ 0, got NaN`)] as const,
    [BINARY, { [name]: [1, 2] }, rangeError("ERR_SHAPE", `${name}: expected 3 numbers, got 2`)] as const,
    [BINARY, { [name]: [1, 2, -3] }, rangeError(option, `${name}[2]: expected a finite number ≥ 0, got -3`)] as const,
    [BINARY, { [name]: [1, 2, "3"] }, typeError(option, `${name}[2]: expected a number, got "3"`)] as const,
  ]),
  [
    ["binaryCrossEntropy"],
    { axis: 0 },
    typeError(option, 'options: expected only shape, weight, posWeight, reduction, out, got "axis"'),
  ],
  [
    ["binaryCrossEntropy"],
    { reduction: "sum" },
    rangeError(option, 'out: expected reduction "none", which gives an array, got "sum"'),
  ],
  [BINARY, { out: new Float32Array(5) }, rangeError("ERR_OUT", "out: expected length 6, got 5")],
  [["binaryCrossEntropyGrad"], { upstream: [1, 2] }, rangeError("ERR_SHAPE", "upstream: expected 6 numbers, got 2")],
  [
    ["binaryCrossEntropyGrad"],
    { accumulate: true, out: undefined },
    rangeError(option, "out: expected an array to accumulate in, got undefined"),
  ],
  [
    ["binaryCrossEntropyGrad"],
    { accumulate: true, out: x },
    rangeError("ERR_OVERLAP", "out: expected memory apart from the logits, got a part of it"),
  ],
  [
    ["tokenLogProbs"],
    { reduction: "sum" },
    typeError(
      option,
      'options: expected only shape, axis, temperature, mask, lengths, ignoreIndex, out, got "reduction"',
    ),
  ],
  [["tokenLogProbs", "entropy"], { out: new Float32Array(3) }, rangeError("ERR_OUT", "out: expected length 2, got 3")],
  [["logSumExp"], { out: new Float32Array(3) }, rangeError("ERR_OUT", "out: expected length 2, got 3")],
  [
    ["crossEntropy"],
    { reduction: "mean" },
    rangeError(option, 'out: expected reduction "none", which gives an array, got "mean"'),
  ],
];

/** Of functions without `out`. */
const CHOICES: readonly (readonly [readonly string[], Options, Refusal])[] = [
  ...[3, -4, 0.5].map(
    (axis) =>
      [
        ["argmax", "topK"],
        { axis },
        rangeError("ERR_AXIS", `axis: expected an integer in [-2, 2), got ${axis}`),
      ] as const,
  ),
  ...[0, 4, -1, 1.5, NaN, Infinity].map(
    (k) => [["topK"], { k }, rangeError(option, `k: expected an integer in [1, 3], got ${k}`)] as const,
  ),
  [["topK"], { k: undefined }, typeError(option, "k: expected an integer in [1, 3], got undefined")],
  [["topK"], { k: "2" }, typeError(option, 'k: expected an integer in [1, 3], got "2"')],
  [["topK"], { of: "p" }, rangeError(option, 'of: expected "probability", "logProbability" or "logit", got "p"')],
  [["topK"], { of: 1 }, typeError(option, 'of: expected "probability", "logProbability" or "logit", got 1')],
  [
    ["argmax", "topK"],
    { temperature: 0 },
    rangeError(option, "temperature: expected a finite number > 0, got 0; its limit is the class that argmax gives"),
  ],
  [["sample"], { temperature: -1 }, rangeError(option, "temperature: expected a finite number ≥ 0, got -1")],
  [["sample"], { temperature: "1" }, typeError(option, 'temperature: expected a finite number ≥ 0, got "1"')],
  ...[-1, 0.5, NaN, Infinity].map(
    (topK) => [["sample"], { topK }, rangeError(option, `topK: expected an integer ≥ 0, got ${topK}`)] as const,
  ),
  [["sample"], { topK: "50" }, typeError(option, 'topK: expected an integer ≥ 0, got "50"')],
  ...[0, -0.1, 1.1, NaN].map(
    (topP) => [["sample"], { topP }, rangeError(option, `topP: expected a number in (0, 1], got ${topP}`)] as const,
  ),
  [["sample"], { topP: null }, typeError(option, "topP: expected a value or undefined, got null")],
  ...[-0.1, 1.05, NaN].map(
    (minP) => [["sample"], { minP }, rangeError(option, `minP: expected a number in [0, 1], got ${minP}`)] as const,
  ),
  [["sample"], { minP: true }, typeError(option, "minP: expected a number in [0, 1], got true")],
  [["sample"], { random: 1 }, rangeError(option, "random: expected a number in [0, 1), got 1")],
  [["sample"], { random: [0.5, -0.1] }, rangeError(option, "random[1]: expected a number in [0, 1), got -0.1")],
  [["sample"], { random: [0.5] }, rangeError("ERR_SHAPE", "random: expected 2 numbers, got 1")],
  [["sample"], { random: "0.5" }, typeError(option, 'random: expected floats or an array of numbers, got "0.5"')],
  [["sample"], { random: () => 1 }, rangeError(option, "random(): expected a number in [0, 1), got 1")],
  [["sample"], { random: () => undefined }, typeError(option, "random(): expected a number in [0, 1), got undefined")],
  [["sample"], { random: () => NaN }, rangeError(option, "random(): expected a number in [0, 1), got NaN")],
  [
    ["argmax", "topK", "sample"],
    { mask: new Uint8Array(5) },
    rangeError("ERR_SHAPE", "mask: expected length 6, or 3 for the classes alone, got 5"),
  ],
  [
    ["sample"],
    { axis: 0 },
    typeError(option, 'options: expected only shape, mask, lengths, random, minP, topP, topK, temperature, got "axis"'),
  ],
];

const ROWS_OF_TABLE = TABLE.flatMap(([names, options, refusal]) =>
  names.map((name) => [`${name}: ${refusal.message}`, name, options, refusal] as const),
);

describe.each(BACKENDS)("%s", (_, instance) => {
  it.each(
    CHOICES.flatMap(([names, options, refusal]) =>
      names.map((name) => [name, refusal.message, options, refusal] as const),
    ),
  )("%s: %s", (name, _, options, refusal) => {
    expectRefusal(instance, () => CALLS[name](instance, options), [x], refusal);
  });

  it.each(ROWS_OF_TABLE)("%s", (_, name, options, refusal) => {
    const out = patterned(["logSumExp", "entropy", "tokenLogProbs", "crossEntropy"].includes(name) ? 2 : 6);
    const none = /^(?:binaryC|c)rossEntropy/.test(name) ? { reduction: "none" } : {};
    const given = { ...none, out, ...options };
    expectRefusal(instance, () => CALLS[name](instance, given), [x, labels, out], refusal);
  });

  it("what goes with an array: its name, type and length", () => {
    const refusals: readonly (readonly [() => unknown, Refusal])[] = [
      [
        () => instance.softmaxBackward(x, [1, 2, 3, 4, 5, 6], {}),
        typeError("ERR_DTYPE", "dy: expected a Float32Array, got an array of 6; Float32Array.from(dy) rounds it"),
      ],
      [
        () => instance.softmaxBackward(x, WIDE, {}),
        typeError(
          "ERR_DTYPE",
          "dy: expected a Float32Array, got an array of 2; Float32Array.from(dy.flat()) rounds it",
        ),
      ],
      [() => instance.softmaxBackward(x, new Float32Array(5)), rangeError("ERR_SHAPE", "dy: expected length 6, got 5")],
      [
        () => instance.softmaxBackward(WIDE, TALL),
        rangeError("ERR_SHAPE", "dy: expected rows of 3, as y has, got rows of 2"),
      ],
      [
        () => instance.logSoftmaxBackward(Float64Array.from(x), WIDE),
        rangeError("ERR_SHAPE", "dy: expected rows of 6, as y has, got rows of 3"),
      ],
      [
        () => instance.logSoftmaxBackward(Float64Array.from(x), TALL, { shape: SHAPE, axis: 0 }),
        rangeError("ERR_SHAPE", "dy: expected rows of 3, as y has, got rows of 2"),
      ],
      [
        () => instance.crossEntropyHvp(WIDE, labels, TALL),
        rangeError("ERR_SHAPE", "v: expected rows of 3, as the logits have, got rows of 2"),
      ],
      [
        () => instance.crossEntropyHvp(Float64Array.from(x), labels, TALL),
        rangeError("ERR_SHAPE", "v: expected rows of 3, as the logits have, got rows of 2"),
      ],
      [
        () => instance.crossEntropy([2, 1], [1, 1], { shape: [2, 1] }),
        rangeError(
          "ERR_LABEL",
          `targets[0]: expected an integer in [0, 1), got 1; as many labels as logits leave one class${PROBABILITIES} of several classes`,
        ),
      ],
      [
        () => instance.binaryCrossEntropy(WIDE, TALL),
        rangeError("ERR_SHAPE", "targets[0]: expected length 3, one per class, got 2"),
      ],
      [
        () => instance.crossEntropyHvp(x, labels, new Float64Array(6)),
        typeError("ERR_DTYPE", "v: expected a Float32Array, got Float64Array(6)"),
      ],
      [
        () => instance.crossEntropyHvp(x, labels, new Float32Array(7)),
        rangeError("ERR_SHAPE", "v: expected length 6, got 7"),
      ],
      [
        () => instance.crossEntropy(x, new Float64Array(6)),
        typeError("ERR_DTYPE", "targets: expected a Float32Array, got Float64Array(6)"),
      ],
      [
        () => instance.crossEntropy(x, new Float32Array(2)),
        rangeError(
          "ERR_SHAPE",
          `targets: expected 6 probabilities for 6 logits, or integers as labels, got 2${PROBABILITIES}`,
        ),
      ],
      [
        () => instance.tokenLogProbs(x, Float32Array.of(1, 0) as never),
        typeError("ERR_DTYPE", "tokens: expected integers, one per position, got Float32Array(2)"),
      ],
      [
        () => instance.tokenLogProbs(x, [[1, 0]] as never),
        typeError("ERR_DTYPE", "tokens: expected integers, one per position, got an array of 1"),
      ],
      [
        () => instance.tokenLogProbs(x, [1, 0, 0, 1, 0, 0], { shape: SHAPE }),
        rangeError("ERR_SHAPE", "tokens: expected 2 labels, one per position of 2 × 3, got 6"),
      ],
      [
        () => instance.tokenLogProbs(x, [0, 0, 0, 0]),
        rangeError(
          "ERR_SHAPE",
          "logits: expected logits.length to be a positive multiple of tokens.length, got 6 and 4",
        ),
      ],
      [
        () => instance.tokenLogProbs(x, [1, 3]),
        rangeError("ERR_LABEL", "tokens[1]: expected an integer in [0, 3), got 3"),
      ],
      [
        () => instance.tokenLogProbs(x, [0, 2], { lengths: [3, 1] }),
        rangeError("ERR_LABEL", "tokens[1]: expected a present class, got 2"),
      ],
      [
        () => instance.binaryCrossEntropy([[1, 2], [3, 4]], [[1, 0], [1]]), // prettier-ignore
        rangeError("ERR_SHAPE", "targets[1]: expected length 2, one per class, got 1"),
      ],
      [
        () => instance.binaryCrossEntropy(x, Float64Array.of(1, 0, 0, 0, 0, 0)),
        typeError("ERR_DTYPE", "targets: expected a Float32Array, got Float64Array(6)"),
      ],
      [
        () => instance.binaryCrossEntropy(x, labels),
        rangeError(
          "ERR_SHAPE",
          "targets: expected 6, one per logit, got 2. Class indices, one per row, are targets of crossEntropy",
        ),
      ],
      [
        () => instance.binaryCrossEntropy(x, "100101" as never),
        typeError("ERR_DTYPE", 'targets: expected one per logit, numbers or booleans, got "100101"'),
      ],
      [
        () => instance.binaryCrossEntropyGrad(x, [1, 0, 0, null, 0, 0] as never),
        typeError("ERR_DTYPE", "targets[3]: expected a number or a boolean, got null"),
      ],
      [
        () => instance.crossEntropy(x, labels, { mask: Uint8Array.of(1, 1, 0, 1, 1, 1) }),
        rangeError("ERR_LABEL", "targets[0]: expected a present class, got 2"),
      ],
    ];
    for (const [run, refusal] of refusals) expectRefusal(instance, run, [x, labels], refusal);
  });

  it("an array that a getter shrinks is one that has lost its memory", () => {
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      options: object,
    ) => ArrayBuffer & { resize(bytes: number): void };
    const buffer = new Resizable(24, { maxByteLength: 24 });
    const logits = new Float32Array(buffer);
    const targets = Object.defineProperty([0, 0], 1, {
      get: () => {
        buffer.resize(12);
        return 0;
      },
    });
    const refusal = typeError(
      "ERR_DETACHED",
      "logits: expected an array with its memory, got one whose buffer is detached",
    );
    expectRefusal(instance, () => instance.crossEntropyGrad(logits, targets), [x], refusal);
  });
});

it("a text of 40 characters is shown whole, a longer one cut", () => {
  const [[, instance]] = BACKENDS;
  const show = (text: string) => () => instance.softmax(text as never);
  expect(show("9".repeat(40))).toThrow(new RegExp(`got "9{40}"$`));
  expect(show("9".repeat(41))).toThrow(new RegExp(`got "9{40}…"$`));
});

it("labels are named where they are at fault: without their memory, or a bigint that is no class", () => {
  const [[, instance]] = BACKENDS;
  const gone = typeError(
    "ERR_DETACHED",
    "targets: expected an array with its memory, got one whose buffer is detached",
  );
  expectRefusal(instance, () => instance.crossEntropy(x, detached(Uint8Array.of(2, 0))), [x], gone);
  const bigint = rangeError("ERR_LABEL", "targets[1]: expected an integer in [0, 3), got 3n");
  expectRefusal(instance, () => instance.crossEntropy(x, [2, 3n] as never), [x], bigint);
});

it("an argument in linear memory that `out` meets in part is named", () => {
  const [[, wasm]] = BACKENDS;
  const memory = wasm.alloc(Float32Array, 9);
  const [part, out] = [memory.view.subarray(0, 6), memory.view.subarray(3)];
  const options = { shape: SHAPE, out };
  const calls: readonly (readonly [name: string, call: () => unknown])[] = [
    ["x", () => wasm.softmax(part, options)],
    ["logits", () => wasm.crossEntropyGrad(part, labels, options)],
    ["targets", () => wasm.crossEntropyGrad(x, part, options)],
    ["logits", () => wasm.crossEntropyHvp(part, labels, x, options)],
    ["targets", () => wasm.crossEntropyHvp(x, part, x, options)],
    ["v", () => wasm.crossEntropyHvp(x, labels, part, options)],
    ["y", () => wasm.softmaxBackward(part, x, options)],
    ["dy", () => wasm.softmaxBackward(x, part, options)],
    ["y", () => wasm.logSoftmaxBackward(part, x, options)],
    ["dy", () => wasm.logSoftmaxBackward(x, part, options)],
    ["x", () => wasm.sigmoid(part, { out })],
    ["logits", () => wasm.binaryCrossEntropyGrad(part, x, options)],
    ["targets", () => wasm.binaryCrossEntropyGrad(x, part, options)],
    ["targets", () => wasm.binaryCrossEntropy(x, part, { ...options, reduction: "none" })],
  ];
  for (const [name, call] of calls) {
    const message = `out: expected ${name} itself or memory apart from it, got a part of it`;
    expectRefusal(wasm, call, [x, memory.view], rangeError("ERR_OVERLAP", message));
  }
  memory.free();
});

it("an error's code is its own, shown with it and never changed", () => {
  let thrown: unknown;
  try {
    BACKENDS[0][1].softmax(7 as never);
  } catch (error) {
    thrown = error;
  }
  const code = { value: "ERR_DTYPE", enumerable: true, writable: false, configurable: false };
  expect(Object.getOwnPropertyDescriptor(thrown, "code")).toEqual(code);
});

it("every function is in the table", () => {
  const [[, instance]] = BACKENDS;
  const named = Object.keys(CALLS).map((name) => name.split(" ")[0]);
  expect(new Set(named)).toEqual(new Set(Object.keys(instance).filter((name) => !["alloc", "backend"].includes(name))));
});
