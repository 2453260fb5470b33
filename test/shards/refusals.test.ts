// What the functions of states refuse, in the library's grammar, before anything is written.

import { describe, expect, it } from "vitest";
import { crossEntropy } from "../../src/index.js";
import * as shards from "../../src/shards/index.js";
import { bitsOf } from "../reference/backends.js";

const { argmaxOf, crossEntropyGradFrom, crossEntropyOf, entropyOf, logSumExpOf, merge, partial, softmaxFrom } = shards;
const LENGTH = shards.STATE_LENGTH;

const state = partial([1, 2], { labels: 0 });
const two = partial(
  [
    [1, 2],
    [3, 4],
  ],
  { labels: [0, 1] },
);
const other = partial([3], { labels: 0, offset: 2 });

/** [what, call, name, code, message] */
type Refusal = readonly [string, () => unknown, string, string, string];

const odd = (index: number, value: number): Float64Array => {
  const states = state.slice();
  states[index] = value;
  return states;
};

const REFUSALS: readonly Refusal[] = [
  [
    "states of another length",
    () => logSumExpOf([1, 2]),
    "RangeError",
    "ERR_SHAPE",
    `states: expected a multiple of ${LENGTH} numbers, got 2`,
  ],
  [
    "bytes that are no doubles",
    () => logSumExpOf(Uint8Array.of(1)),
    "RangeError",
    "ERR_SHAPE",
    "states: expected 8 bytes per number, got 1",
  ],
  [
    "states of another kind",
    () => logSumExpOf("states" as never),
    "TypeError",
    "ERR_DTYPE",
    'states: expected a Float64Array, an array of numbers, or a Uint8Array of their bytes, got "states"',
  ],
  [
    "an object that is no Buffer",
    () => logSumExpOf({ type: "Buffer" } as never),
    "TypeError",
    "ERR_DTYPE",
    "states: expected a Float64Array, an array of numbers, or a Uint8Array of their bytes, got an object (Object)",
  ],
  [
    "floats that are not doubles",
    () => argmaxOf(new Float32Array(LENGTH) as never),
    "TypeError",
    "ERR_DTYPE",
    "states: expected a Float64Array, an array of numbers, or a Uint8Array of their bytes, got Float32Array(15)",
  ],
  [
    "what JSON makes of NaN",
    () => argmaxOf(Array.from<number>({ length: LENGTH }).fill(null as never)),
    "TypeError",
    "ERR_DTYPE",
    "states[0]: expected a number, got null",
  ],
  [
    "numbers that are no states",
    () => logSumExpOf(odd(8, 1.5)),
    "RangeError",
    "ERR_VALUE",
    "states: expected states, as partial makes them, got other numbers at position 0",
  ],
  [
    "a kind that there is not",
    () => logSumExpOf(odd(8, 5)),
    "RangeError",
    "ERR_VALUE",
    "states: expected states, as partial makes them, got other numbers at position 0",
  ],
  [
    "a temperature that is none",
    () => logSumExpOf(odd(6, 0)),
    "RangeError",
    "ERR_VALUE",
    "states: expected states, as partial makes them, got other numbers at position 0",
  ],
  [
    "positions of two numbers",
    () => merge(state, two),
    "RangeError",
    "ERR_SHAPE",
    "b: expected the states of 1 positions, as a has, got 2",
  ],
  [
    "a label that both have",
    () => merge(state, state),
    "RangeError",
    "ERR_LABEL",
    "b: expected the label in one of the pieces, got it in both at position 0",
  ],
  [
    "two temperatures",
    () => merge(state, partial([1], { temperature: 2 })),
    "RangeError",
    "ERR_VALUE",
    "b: expected the temperature of a, 1, got 2",
  ],
  [
    "an out of another kind",
    () => merge(state, other, { out: [] as never }),
    "TypeError",
    "ERR_OUT",
    "out: expected a Float64Array, got an array of 0",
  ],
  [
    "an out of another length",
    () => merge(state, other, { out: new Float64Array(3) }),
    "RangeError",
    "ERR_OUT",
    "out: expected length 15, got 3",
  ],
  [
    "a label that no piece had",
    () => crossEntropyOf(partial([1], { labels: 5 })),
    "RangeError",
    "ERR_LABEL",
    "states: expected one piece with the label of position 0, got none",
  ],
  [
    "no piece at all",
    () => crossEntropyOf(new Float64Array(LENGTH)),
    "RangeError",
    "ERR_LABEL",
    "states: expected one piece with the label of position 0, got none",
  ],
  [
    "entropy that was not asked for",
    () => entropyOf(state),
    "RangeError",
    "ERR_OPTION",
    "states: expected those of partial with entropy: true, got one without it at position 0",
  ],
  [
    "… or of one piece alone",
    () => entropyOf(merge(state, partial([1], { entropy: true }))),
    "RangeError",
    "ERR_OPTION",
    "states: expected those of partial with entropy: true, got one without it at position 0",
  ],
  [
    "smoothing that was not asked for",
    () => crossEntropyOf(state, { labelSmoothing: 0.1 }),
    "RangeError",
    "ERR_OPTION",
    "labelSmoothing: expected none, or states of partial with smoothing: true, got one without it at position 0",
  ],
  [
    "one sum for two divisors",
    () => crossEntropyOf(partial([1, 2], { labels: 0, weight: [2, 3] }), { reduction: "parts", zLoss: 1 }),
    "RangeError",
    "ERR_OPTION",
    'zLoss: expected none with class weights and reduction "parts", which has one sum, got 1',
  ],
  [
    "… of the library's loss",
    () =>
      crossEntropy(
        [
          [1, 2],
          [0, 1],
        ],
        [0, 1],
        { reduction: "parts", zLoss: 1, weight: [1, 2] },
      ),
    "RangeError",
    "ERR_OPTION",
    'zLoss: expected none with class weights and reduction "parts", which has one sum, got 1',
  ],
  [
    "another reduction",
    () => crossEntropyOf(state, { reduction: "avg" as "sum" }),
    "RangeError",
    "ERR_OPTION",
    'reduction: expected "mean", "sum", "none" or "parts", got "avg"',
  ],
  [
    "a reduction of another kind",
    () => crossEntropyOf(state, { reduction: 1 as never }),
    "TypeError",
    "ERR_OPTION",
    'reduction: expected "mean", "sum", "none" or "parts", got 1',
  ],
  [
    "weights of the loss",
    () => crossEntropyOf(state, { weight: [1] } as never),
    "TypeError",
    "ERR_OPTION",
    'options: expected only labelSmoothing, zLoss, reduction, got "weight"',
  ],
  [
    "labels that are probabilities",
    () => partial([1, 2], { labels: [[0.5, 0.5]] as never }),
    "TypeError",
    "ERR_DTYPE",
    "labels: expected integers, one per position, got an array of 1",
  ],
  [
    "floats as labels",
    () => partial([1, 2], { labels: Float32Array.of(1) as never }),
    "TypeError",
    "ERR_DTYPE",
    "labels: expected integers, one per position, got Float32Array(1)",
  ],
  [
    "a negative label",
    () => partial([1, 2], { labels: -1 }),
    "RangeError",
    "ERR_LABEL",
    "labels[0]: expected an integer in [0, 2147483647), got -1",
  ],
  [
    "rows that labels do not divide",
    () => partial([1, 2, 3], { labels: [0, 1] }),
    "RangeError",
    "ERR_SHAPE",
    "x: expected x.length to be a multiple of 2, the number of labels, got 3",
  ],
  [
    "more labels than positions",
    () => partial([1, 2, 3, 4], { labels: [0, 1], shape: [1, 4] }),
    "RangeError",
    "ERR_SHAPE",
    "labels: expected 1, one per position, got 2",
  ],
  [
    "a label on an absent class",
    () => partial([1, 2], { labels: 0, mask: [false, true] }),
    "RangeError",
    "ERR_LABEL",
    "labels[0]: expected a present class, got 0",
  ],
  [
    "an offset below 0",
    () => partial([1, 2], { offset: -1 }),
    "RangeError",
    "ERR_OPTION",
    "offset: expected an integer in [0, 2147483645], got -1",
  ],
  [
    "an offset that is no number",
    () => partial([1, 2], { offset: "1" as never }),
    "TypeError",
    "ERR_OPTION",
    'offset: expected an integer in [0, 2147483645], got "1"',
  ],
  [
    "an option that is no flag",
    () => partial([1, 2], { entropy: 1 as never }),
    "TypeError",
    "ERR_OPTION",
    "entropy: expected true or false, got 1",
  ],
  [
    "a piece of other positions",
    () => softmaxFrom([[1], [2]], state),
    "RangeError",
    "ERR_SHAPE",
    "states: expected those of 2 positions, as x has, got 1",
  ],
  [
    "a piece that states do not divide",
    () => softmaxFrom([1, 2, 3], two),
    "RangeError",
    "ERR_SHAPE",
    "x: expected x.length to be a multiple of 2, the number of states, got 3",
  ],
  [
    "a piece that was not merged",
    () => softmaxFrom([1, 2, 3], state),
    "RangeError",
    "ERR_VALUE",
    "states: expected a state with the 3 classes of this piece at position 0, got one of 2",
  ],
  [
    "states of two temperatures",
    () => softmaxFrom([1, 2], Float64Array.of(...partial([1]), ...partial([1], { temperature: 2 }))),
    "RangeError",
    "ERR_VALUE",
    "states: expected one temperature, got 1 and 2 at position 1",
  ],
  [
    "a gradient without labels",
    () => crossEntropyGradFrom([1, 2], state, {} as never),
    "TypeError",
    "ERR_OPTION",
    "labels: expected the labels that partial was given, got undefined",
  ],
  [
    "a gradient in parts",
    () => crossEntropyGradFrom([1, 2], state, { labels: 0, reduction: "parts" as never }),
    "RangeError",
    "ERR_OPTION",
    'reduction: expected "mean", "sum" or "none", got "parts"',
  ],
  [
    "a gradient with smoothing that was not asked for",
    () =>
      crossEntropyGradFrom([1, 2], merge(state, partial([1], { labels: 0, offset: 2 })), {
        labels: 0,
        labelSmoothing: 0.1,
      }),
    "RangeError",
    "ERR_OPTION",
    "labelSmoothing: expected none, or states of partial with smoothing: true, got one without it at position 0",
  ],
];

describe("functions of states", () => {
  it.each(REFUSALS)("refuse %s", (_, call, name, code, message) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name, code });
    expect((error as Error).message).toBe(message);
  });

  it("refuse arrays that have lost their memory", () => {
    const lost = new Float64Array(LENGTH);
    const bytes = new Uint8Array(8 * LENGTH);
    structuredClone([lost, bytes], { transfer: [lost.buffer, bytes.buffer] });
    for (const call of [() => logSumExpOf(lost), () => logSumExpOf(bytes), () => merge(new Float64Array(0), lost)]) {
      expect(call).toThrow("expected an array with its memory");
    }
    expect(() => merge([], [], { out: lost })).toThrow("out: expected an array with its memory");
  });

  it("write nothing where they throw", () => {
    const out = new Float64Array(2 * LENGTH).fill(7);
    const before = bitsOf(out);
    // The second position has the label in both.
    const a = partial([[1], [2]], { labels: [5, 0] });
    const b = partial([[1], [2]], { labels: [1, 0] });
    expect(() => merge(a, b, { out })).toThrow("got it in both at position 1");
    expect(bitsOf(out)).toBe(before);
    const x = Float64Array.of(1, 2, 3);
    expect(() => softmaxFrom(x, state, { out: x })).toThrow();
    expect([...x]).toEqual([1, 2, 3]);
  });

  it("read shared memory once", () => {
    const shared = new Float64Array(new SharedArrayBuffer(8 * LENGTH));
    shared.set(state);
    expect(logSumExpOf(shared)).toEqual(logSumExpOf(state));
  });
});

describe("crossEntropy in parts", () => {
  it("is the sum, and what the mean divides it by", () => {
    const x = [
      [1, 2],
      [3, 1],
      [0, 0],
    ];
    const labels = [0, -100, 1];
    const weight = [0.5, 2];
    for (const options of [{}, { weight }, { labelSmoothing: 0.2 }, { zLoss: 0.1 }]) {
      const { sum, weight: divisor } = crossEntropy(x, labels, { ...options, reduction: "parts" });
      expect(sum / divisor).toBe(crossEntropy(x, labels, options));
    }
    expect(crossEntropy(x, labels, { reduction: "parts", weight }).weight).toBe(2.5);
    expect(
      crossEntropy(
        x,
        [
          [0.5, 0.5],
          [1, 0],
          [0, 1],
        ],
        { reduction: "parts", weight, zLoss: 1 },
      ).weight,
    ).toBe(3);
    expect(crossEntropy([], [], { reduction: "parts" })).toEqual({ sum: 0, weight: 0 });
    expect(crossEntropy(x, [-100, -100, -100], { reduction: "parts" })).toEqual({ sum: 0, weight: 0 });
  });

  it("has the sum of a batch whose labels' weights add up to 0, as states have it", () => {
    const weight = [0, 1];
    for (const [x, labelSmoothing] of [
      [[2, 1], 0.2],
      [[NaN, 1], 0],
      [[2, -Infinity], 1],
    ] as const) {
      const parts = crossEntropy(x, [0], { weight, labelSmoothing, reduction: "parts" });
      expect(parts).toEqual({ sum: crossEntropy(x, [0], { weight, labelSmoothing, reduction: "sum" }), weight: 0 });
      const states = partial(x, { labels: [0], weight, smoothing: true });
      expect(parts).toEqual(crossEntropyOf(states, { labelSmoothing, reduction: "parts" }));
    }
  });

  it("takes no z-loss beside weights, also where those of the labels add up to 0", () => {
    const refused = 'zLoss: expected none with class weights and reduction "parts", which has one sum, got 1';
    expect(() => crossEntropy([1, 2], [0], { reduction: "parts", weight: [0, 1], zLoss: 1 })).toThrow(refused);
  });

  it("takes no array for one loss per position", () => {
    const out = new Float64Array(1);
    expect(() => crossEntropy([1, 2], [0], { reduction: "parts", out } as never)).toThrow(
      'out: expected reduction "none", which gives an array, got "parts"',
    );
  });
});
