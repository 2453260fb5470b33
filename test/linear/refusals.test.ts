import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/index.js";
import { BACKENDS } from "./layers.js";

type Name = "linear" | "linearCrossEntropy" | "linearCrossEntropyGrad";
const LOSSES: readonly Name[] = ["linearCrossEntropy", "linearCrossEntropyGrad"];
const ALL: readonly Name[] = ["linear", ...LOSSES];

type AnyFunction = (...args: unknown[]) => unknown;

const FLOATS =
  "a Float32Array, a Float64Array, a Float16Array (where the engine has it), a WasmArray, an array of numbers or of rows of them";

/** Two rows of three features, two classes. */
const arrays = () => ({
  x: Float32Array.of(1, 2, 3, 4, 5, 6),
  weight: Float32Array.of(1, 0, 0, 0, 1, 0),
  bias: Float32Array.of(0, 1),
  labels: Int32Array.of(0, 1),
});
type Arrays = ReturnType<typeof arrays>;

/** A call with something wrong, and what it throws. */
interface Case {
  readonly title: string;
  readonly of: readonly Name[];
  readonly args: (a: Arrays) => readonly [x: unknown, layer: unknown, targets: unknown, options?: unknown];
  readonly type: "TypeError" | "RangeError";
  readonly code: ErrorCode;
  readonly message: string;
}

const wrong = (
  title: string,
  of: readonly Name[],
  args: Case["args"],
  type: Case["type"],
  code: ErrorCode,
  message: string,
): Case => ({ title, of, args, type, code, message });

const layerOf = ({ weight, bias }: Arrays) => ({ weight, bias });
const withOptions =
  (options: unknown): Case["args"] =>
  (a) => [a.x, layerOf(a), a.labels, typeof options === "function" ? (options as (a: Arrays) => unknown)(a) : options];

const CASES: readonly Case[] = [
  wrong(
    "no array as x",
    ALL,
    (a) => ["x", layerOf(a), a.labels],
    "TypeError",
    "ERR_DTYPE",
    `x: expected ${FLOATS}, got "x"`,
  ),
  wrong(
    "no layer",
    ALL,
    (a) => [a.x, undefined, a.labels],
    "TypeError",
    "ERR_OPTION",
    "layer: expected an object with weight and, if any, bias, got undefined",
  ),
  wrong(
    "an array as the layer",
    ALL,
    (a) => [a.x, [a.weight], a.labels],
    "TypeError",
    "ERR_OPTION",
    "layer: expected an object with weight and, if any, bias, got an array of 1",
  ),
  wrong(
    "a Map as the layer",
    ALL,
    (a) => [a.x, new Map(), a.labels],
    "TypeError",
    "ERR_OPTION",
    "layer: expected a plain object, got an object (Map)",
  ),
  wrong(
    "a layer of others",
    ALL,
    (a) => [a.x, { weights: a.weight }, a.labels],
    "TypeError",
    "ERR_OPTION",
    'layer: expected only weight, bias, classes, got "weights"',
  ),
  wrong(
    "no weight",
    ALL,
    (a) => [a.x, {}, a.labels],
    "TypeError",
    "ERR_DTYPE",
    `layer.weight: expected ${FLOATS}, got undefined`,
  ),
  wrong(
    "another type of weight",
    ALL,
    (a) => [a.x, { weight: Float64Array.from(a.weight) }, a.labels],
    "TypeError",
    "ERR_DTYPE",
    "layer.weight: expected a Float32Array, like x, got Float64Array(6)",
  ),
  wrong(
    "numbers as the bias",
    ALL,
    (a) => [a.x, { weight: a.weight, bias: [0, 1] }, a.labels],
    "TypeError",
    "ERR_DTYPE",
    "layer.bias: expected a Float32Array, like x, got an array of 2; Float32Array.from(layer.bias) rounds it",
  ),
  wrong(
    "weights in f32 beside numbers",
    ALL,
    (a) => [[1, 2], { weight: a.weight }, [0]],
    "TypeError",
    "ERR_DTYPE",
    "layer.weight: expected plain numbers, like x, got Float32Array(6); Float32Array.from(x) makes x one too",
  ),
  wrong(
    "weights in f32 beside rows of numbers",
    ALL,
    (a) => [[[1, 2]], { weight: a.weight }, [0]],
    "TypeError",
    "ERR_DTYPE",
    "layer.weight: expected plain numbers, like x, got Float32Array(6); Float32Array.from(x.flat()) makes x one too",
  ),
  wrong(
    "rows as the bias",
    ALL,
    () => [[1, 2], { weight: [1, 2], bias: [[0]] }, [0]],
    "TypeError",
    "ERR_DTYPE",
    "layer.bias: expected numbers, got rows of them",
  ),
  wrong(
    "weights that are no multiple of the classes",
    ALL,
    (a) => [a.x, { weight: a.weight.subarray(1), bias: a.bias }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.weight: expected a length that is a multiple of 2, the number of classes, got 5",
  ),
  wrong(
    "no bias of one per class",
    ALL,
    (a) => [a.x, { weight: a.weight, bias: a.bias, classes: 3 }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.classes: expected 2, which weight or bias has, got 3",
  ),
  wrong(
    "rows of weight beside another bias",
    ALL,
    () => [
      [[1, 2]],
      {
        weight: [
          [1, 2],
          [3, 4],
        ],
        bias: [0],
      },
      [0],
    ],
    "RangeError",
    "ERR_SHAPE",
    "layer.bias: expected length 2, one per class, got 1",
  ),
  wrong(
    "a string of classes",
    ALL,
    (a) => [a.x, { weight: a.weight, classes: "2" }, a.labels],
    "TypeError",
    "ERR_SHAPE",
    'layer.classes: expected an integer, got "2"',
  ),
  wrong(
    "half a class",
    ALL,
    (a) => [a.x, { weight: a.weight, classes: 1.5 }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.classes: expected an integer ≥ 1, got 1.5",
  ),
  wrong(
    "no features",
    ALL,
    (a) => [new Float32Array(0), { weight: new Float32Array(0), bias: a.bias }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.weight: expected one feature or more, got none",
  ),
  wrong(
    "no weights",
    LOSSES,
    (a) => [a.x, { weight: new Float32Array(0) }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.weight: expected one class or more, got none",
  ),
  wrong(
    "rows of x of another length",
    ALL,
    () => [[[1, 2]], { weight: [[1, 2, 3]] }, [0]],
    "RangeError",
    "ERR_SHAPE",
    "x: expected length 3, rows × features = 1 × 3, got 2",
  ),
  wrong(
    "x that is no multiple of the features",
    ["linear"],
    (a) => [a.x.subarray(1), layerOf(a), a.labels],
    "RangeError",
    "ERR_SHAPE",
    "x: expected a length that is a multiple of 3, the number of features, got 5",
  ),
  wrong(
    "another number of labels",
    LOSSES,
    (a) => [a.x, layerOf(a), [0, 1, 0]],
    "RangeError",
    "ERR_SHAPE",
    "x: expected length 9, targets × features = 3 × 3, got 6",
  ),
  wrong(
    "numbers as probabilities without a shape, which are labels",
    LOSSES,
    (a) => [[1, 2, 3], { weight: Array.from(a.weight), classes: 2 }, [0.5, 0.5]],
    "RangeError",
    "ERR_SHAPE",
    "x: expected length 6, targets × features = 2 × 3, got 3",
  ),
  wrong(
    "gradients in a Map",
    ["linearCrossEntropyGrad"],
    withOptions({ out: new Map() }),
    "TypeError",
    "ERR_OPTION",
    "out: expected a plain object, got an object (Map)",
  ),
  wrong(
    "rows of weights beside a typed array",
    ALL,
    (a) => [a.x, { weight: [[1, 2, 3]] }, a.labels],
    "TypeError",
    "ERR_DTYPE",
    "layer.weight: expected a Float32Array, like x, got an array of 1; Float32Array.from(layer.weight.flat()) rounds it",
  ),
  wrong(
    "weights for other features",
    LOSSES,
    (a) => [a.x, { weight: a.weight.subarray(2) }, a.labels],
    "RangeError",
    "ERR_SHAPE",
    "layer.weight: expected a length that is a multiple of 3, the number of features, got 4",
  ),
  wrong(
    "weights for another shape",
    LOSSES,
    (a) => [a.x, layerOf(a), [0, 1, 0], { shape: [3, 2] }],
    "RangeError",
    "ERR_SHAPE",
    "layer.weight: expected length 4, classes × features = 2 × 2, got 6",
  ),
  wrong(
    "no rows and no classes",
    LOSSES,
    (a) => [new Float32Array(0), { weight: a.weight }, []],
    "RangeError",
    "ERR_SHAPE",
    "layer: expected bias, classes or rows of weight, which say how many classes there are, got none",
  ),
  wrong(
    "labels that are none",
    LOSSES,
    (a) => [a.x, layerOf(a), "01"],
    "TypeError",
    "ERR_DTYPE",
    'targets: expected integers, or an array like the logits, got "01"',
  ),
  wrong(
    "a label out of range",
    LOSSES,
    (a) => [a.x, layerOf(a), [0, 2]],
    "RangeError",
    "ERR_LABEL",
    "targets[1]: expected an integer in [0, 2), got 2",
  ),
  wrong(
    "probabilities of another number",
    LOSSES,
    (a) => [a.x, layerOf(a), new Float32Array(3)],
    "RangeError",
    "ERR_SHAPE",
    "targets: expected 4 probabilities for 4 logits, or integers as labels, got 3; pass probabilities, one-hot ones too, as a typed array like the logits, as rows of numbers, or with a shape",
  ),
  wrong(
    "a shape of three sizes",
    LOSSES,
    withOptions({ shape: [2, 1, 3] }),
    "RangeError",
    "ERR_SHAPE",
    "shape: expected two sizes, rows and features, got 2 × 1 × 3",
  ),
  wrong(
    "another shape",
    LOSSES,
    withOptions({ shape: [2, 2] }),
    "RangeError",
    "ERR_SHAPE",
    "shape: expected a product of 6, the length of x, got 2 × 2 = 4",
  ),
  wrong(
    "a shape beside rows",
    LOSSES,
    () => [[[1]], { weight: [[1]] }, [0], { shape: [1, 1] }],
    "RangeError",
    "ERR_SHAPE",
    "shape: expected none for x, an array of rows, got an array of 2",
  ),
  wrong("an option of others", LOSSES, withOptions({ temperature: 2 }), "TypeError", "ERR_OPTION", ""),
  wrong(
    "an option of the gradient",
    ["linearCrossEntropy"],
    withOptions({ upstream: 2 }),
    "TypeError",
    "ERR_OPTION",
    'options: expected only shape, reduction, weight, ignoreIndex, labelSmoothing, zLoss, out, got "upstream"',
  ),
  wrong(
    "an option of a loss",
    ["linear"],
    withOptions({ reduction: "sum" }),
    "TypeError",
    "ERR_OPTION",
    'options: expected only out, got "reduction"',
  ),
  wrong(
    "no weights of the classes",
    LOSSES,
    withOptions({ weight: [1] }),
    "RangeError",
    "ERR_SHAPE",
    "weight: expected 2 numbers, got 1",
  ),
  wrong(
    "another upstream gradient",
    ["linearCrossEntropyGrad"],
    withOptions({ upstream: [1], reduction: "none" }),
    "RangeError",
    "ERR_SHAPE",
    "upstream: expected 2 numbers, got 1",
  ),
  wrong(
    "one per row, of a mean",
    ["linearCrossEntropyGrad"],
    withOptions({ upstream: [1, 2] }),
    "RangeError",
    "ERR_OPTION",
    'upstream: expected a number, or reduction "none", got an array of 2',
  ),
  wrong(
    "a number as gradX",
    ["linearCrossEntropyGrad"],
    withOptions({ gradX: 0 }),
    "TypeError",
    "ERR_OPTION",
    "gradX: expected true or false, got 0",
  ),
  wrong(
    "accumulate without out",
    ["linearCrossEntropyGrad"],
    withOptions({ accumulate: true }),
    "RangeError",
    "ERR_OPTION",
    "out: expected an array to accumulate in, got undefined",
  ),
  wrong(
    "an array as out",
    ["linearCrossEntropyGrad"],
    withOptions({ out: new Float32Array(6) }),
    "TypeError",
    "ERR_OUT",
    "out: expected an object with x, weight or bias, got Float32Array(6)",
  ),
  wrong(
    "another name in out",
    ["linearCrossEntropyGrad"],
    withOptions({ out: { gradX: new Float32Array(6) } }),
    "TypeError",
    "ERR_OPTION",
    'out: expected only x, weight, bias, got "gradX"',
  ),
  wrong(
    "null in out",
    ["linearCrossEntropyGrad"],
    withOptions({ out: { x: null } }),
    "TypeError",
    "ERR_OUT",
    "out.x: expected an array or undefined, got null",
  ),
  wrong(
    "another type in out",
    ["linearCrossEntropyGrad"],
    withOptions({ out: { x: new Float64Array(6) } }),
    "TypeError",
    "ERR_OUT",
    "out.x: expected a Float32Array or a WasmArray of one, got Float64Array(6)",
  ),
  wrong(
    "another length in out",
    ["linearCrossEntropyGrad"],
    withOptions({ out: { bias: new Float32Array(3) } }),
    "RangeError",
    "ERR_OUT",
    "out.bias: expected length 2, got 3",
  ),
  wrong(
    "out.x without gradX",
    ["linearCrossEntropyGrad"],
    withOptions({ gradX: false, out: { x: new Float32Array(6) } }),
    "RangeError",
    "ERR_OPTION",
    "out.x: expected none with gradX: false, got Float32Array(6)",
  ),
  wrong(
    "out.bias without a bias",
    ["linearCrossEntropyGrad"],
    (a) => [a.x, { weight: a.weight }, a.labels, { out: { bias: a.bias } }],
    "RangeError",
    "ERR_OPTION",
    "out.bias: expected none for a layer without bias, got Float32Array(2)",
  ),
  wrong(
    "out of a mean",
    ["linearCrossEntropy"],
    withOptions({ out: new Float32Array(2) }),
    "RangeError",
    "ERR_OPTION",
    'out: expected reduction "none", which gives an array, got "mean"',
  ),
  wrong(
    "another length of out",
    ["linear"],
    withOptions({ out: new Float32Array(3) }),
    "RangeError",
    "ERR_OUT",
    "out: expected length 4, got 3",
  ),
  wrong(
    "out that is the x",
    ["linearCrossEntropyGrad"],
    withOptions((a: Arrays) => ({ out: { x: a.x } })),
    "RangeError",
    "ERR_OVERLAP",
    "out.x: expected memory apart from x, got a part of it",
  ),
  wrong(
    "out that is the weight",
    ["linearCrossEntropyGrad"],
    withOptions((a: Arrays) => ({ out: { weight: a.weight } })),
    "RangeError",
    "ERR_OVERLAP",
    "out.weight: expected memory apart from layer.weight, got a part of it",
  ),
  wrong(
    "out that is the bias",
    ["linearCrossEntropyGrad"],
    withOptions((a: Arrays) => ({ out: { bias: a.bias } })),
    "RangeError",
    "ERR_OVERLAP",
    "out.bias: expected memory apart from layer.bias, got a part of it",
  ),
  wrong(
    "one array for two gradients",
    ["linearCrossEntropyGrad"],
    withOptions(() => {
      const out = new Float32Array(6);
      return { out: { x: out, weight: out } };
    }),
    "RangeError",
    "ERR_OVERLAP",
    "out.weight: expected memory apart from out.x, got a part of it",
  ),
  wrong(
    "logits over a part of x",
    ["linear"],
    (a) => [a.x, layerOf(a), a.labels, { out: a.x.subarray(1, 5) }],
    "RangeError",
    "ERR_OVERLAP",
    "out: expected memory apart from x, got a part of it",
  ),
];

describe.each(BACKENDS)("%s", (_, functions) => {
  const cases = CASES.flatMap((each) => each.of.map((name) => ({ ...each, name })));

  it.each(cases)("$name refuses $title", ({ name, args, type, code, message }) => {
    const all = arrays();
    const [x, layer, targets, options] = args(all);
    const before = JSON.stringify(all);
    const call = functions[name] as AnyFunction;
    let thrown: unknown;
    try {
      if (name === "linear") call(x, layer, options);
      else call(x, layer, targets, options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: type, code, ...(message === "" ? {} : { message }) });
    expect(JSON.stringify(all), "nothing has been written").toBe(before);
    const { x: rows, labels } = all;
    expect(functions.linearCrossEntropy(rows, layerOf(all), labels), "the next call works").toBeGreaterThan(0);
  });

  it("a detached array is refused, whichever it is", () => {
    for (const key of ["x", "weight", "bias"] as const) {
      const all = arrays();
      structuredClone(all[key], { transfer: [all[key].buffer] });
      for (const name of LOSSES) {
        const call = () => (functions[name] as AnyFunction)(all.x, layerOf(all), all.labels);
        expect(call).toThrow(expect.objectContaining({ name: "TypeError", code: "ERR_DETACHED" }) as Error);
      }
    }
  });

  it("an array that a getter takes away in the middle of a call is refused, and nothing is written", () => {
    for (const key of ["x", "weight", "bias"] as const) {
      const all = arrays();
      const out = { x: new Float32Array(6).fill(7), weight: new Float32Array(6).fill(7) };
      const labels = [0, 1];
      Object.defineProperty(labels, 1, {
        get: () => {
          structuredClone(all[key], { transfer: [all[key].buffer] });
          return 1;
        },
      });
      const call = () => functions.linearCrossEntropyGrad(all.x, layerOf(all), labels, { out });
      expect(call).toThrow(expect.objectContaining({ name: "TypeError", code: "ERR_DETACHED" }) as Error);
      expect([...out.x, ...out.weight].every((value) => value === 7)).toBe(true);
    }
  });

  it("only own properties of a layer and of out are read", () => {
    const all = arrays();
    const inherit = (own: object) => Object.assign(Object.create({ classes: 5, bias: "none" }) as object, own);
    const call = () => functions.linear(all.x, inherit({ weight: all.weight }) as never);
    // A prototype of a prototype: no plain object.
    expect(call).toThrow(expect.objectContaining({ code: "ERR_OPTION" }) as Error);
    const polluted = { value: "polluted", configurable: true, enumerable: true, writable: true };
    Object.defineProperty(Object.prototype, "bias", polluted);
    let logits: unknown;
    let gradBias: unknown;
    try {
      const out = { weight: new Float32Array(6) };
      logits = functions.linear(all.x, { weight: all.weight, classes: 2 });
      ({ gradBias } = functions.linearCrossEntropyGrad(all.x, { weight: all.weight }, all.labels, { out }));
    } finally {
      delete (Object.prototype as { bias?: unknown }).bias;
    }
    expect(logits).toEqual(Float32Array.of(1, 2, 4, 5));
    expect(gradBias).toBeNull();
  });
});
