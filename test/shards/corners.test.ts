// Where states, pieces and chunks are at their limits: nothing in them, everything ignored, distances that no double holds.

import { describe, expect, it } from "vitest";
import { argmax, crossEntropy, crossEntropyGrad, logSumExp, softmax } from "../../src/index.js";
import {
  argmaxOf,
  crossEntropyGradFrom,
  crossEntropyOf,
  entropyOf,
  logSumExpOf,
  merge,
  partial,
  partialOf,
  type PartialOptions,
  partialStream,
  softmaxFrom,
  STATE_LENGTH,
} from "../../src/shards/index.js";
import { bitsOf } from "../reference/backends.js";
import { F64, ulpAt } from "../reference/oracle/ulp.js";
import { mergeAll, piecesOf } from "./trees.js";

/** How far a merged result may be from the whole row's, in ulp of f64. */
const APART = 2;

const within = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= APART * ulpAt(b, F64);

describe("argmaxOf", () => {
  it("is 0 where all is −∞ or absent, as argmax is", () => {
    const x = [5, -Infinity, -Infinity, 7];
    const mask = [0, 1, 1, 0];
    const absent = partial(x.slice(0, 1), { mask: mask.slice(0, 1) });
    const lowest = partial(x.slice(1), { mask: mask.slice(1), offset: 1 });
    expect(argmax(x, { mask })).toBe(0);
    expect(argmaxOf(partial(x, { mask }))[0]).toBe(0);
    expect(argmaxOf(merge(absent, lowest))[0]).toBe(0);
    expect(argmaxOf(merge(lowest, partial([-1], { offset: 4 })))[0]).toBe(4);
  });
});

describe("a piece without classes", () => {
  it("has a gradient without elements, also where all positions are ignored", () => {
    for (const label of [1, -100]) {
      const states = partial([1, 2], { labels: [label] });
      const options = { shape: [1, 0], labels: [label] };
      expect(crossEntropyGradFrom(new Float32Array(0), states, options)).toEqual(new Float32Array(0));
      expect(softmaxFrom([], partial([]), { shape: [1, 0] })).toEqual([]);
    }
  });
});

describe("lengths", () => {
  const ROWS = 3;

  it.each([5, 600])("are the mask of leading classes: %i classes", (cols) => {
    const x = Float32Array.from({ length: ROWS * cols }, (_, i) => 3 * Math.sin(i) + Math.floor(i / cols));
    const lengths = [2, cols, 0];
    const mask = Uint8Array.from(x, (_, i) => Number(i % cols < lengths[Math.floor(i / cols)]));
    const place = { shape: [ROWS, cols], labels: [1, 4, 0], weight: new Float32Array(cols).fill(0.5), entropy: true };
    const state = partial(x, { ...place, lengths });
    expect(bitsOf(state)).toBe(bitsOf(partial(x, { ...place, mask })));
    const { shape, labels } = place;
    expect(softmaxFrom(x, state, { shape, lengths })).toEqual(softmax(x, { shape, lengths }));
    const plain = partial(x, { shape, labels, lengths });
    const { grad } = crossEntropyGrad(x, Int32Array.from(labels), { shape, lengths });
    expect(crossEntropyGradFrom(x, plain, { shape, labels, lengths })).toEqual(grad);
  });
});

describe("states of nothing", () => {
  it("are empty, change no other state, and keep what was ignored", () => {
    const empty = partial([]);
    expect([...empty]).toEqual(new Array(STATE_LENGTH).fill(0));
    expect(entropyOf(empty)).toEqual(Float64Array.of(0));
    expect(partial([], { labels: [] })).toHaveLength(0);
    const state = partial([1, 2], { labels: 0, entropy: true });
    expect(bitsOf(merge(empty, state))).toBe(bitsOf(state));
    // Of two positions without classes the first is ignored, and stays so.
    const ignored = partial([], { shape: [2, 0], labels: [-100, 1] });
    const merged = merge(ignored, partial([[1], [2]], { labels: [-100, 1], offset: 1 }));
    expect(() => logSumExpOf(merged)).not.toThrow();
    expect([
      ...crossEntropyOf(
        merge(
          ignored,
          partial(
            [
              [1, 3],
              [2, 1],
            ],
            { labels: [-100, 1] },
          ),
        ),
        { reduction: "none" },
      ),
    ]).toEqual([0, crossEntropy([2, 1], [1])]);
  });

  it("have a mean that is NaN where every position is ignored, as the library's", () => {
    const x = [[1, 2]];
    expect(crossEntropyOf(partial(x, { labels: [-100] }))).toBe(crossEntropy(x, [-100]));
    expect(crossEntropyOf(partial(x, { labels: [-100] }))).toBeNaN();
  });

  it("give the probabilities of positions whose classes are all absent", () => {
    const mask = [false, false];
    expect(softmaxFrom([1, 2], partial([1, 2], { mask }), { mask })).toEqual(softmax([1, 2], { mask }));
  });

  it("have no labels to divide logits by", () => {
    expect(() => partial([1, 2], { labels: [] })).toThrow(
      "x: expected x.length to be a multiple of 0, the number of labels, got 2",
    );
  });
});

describe("states far from each other", () => {
  const far: readonly (readonly [string, number, number[]])[] = [
    ["a temperature beyond 2^500", 2 ** 1000, [2 ** 1001, 2 ** 1000, 0]],
    ["… and differences beyond every double", 2 ** 1023, [1.5 * 2 ** 1023, -1.5 * 2 ** 1023, 0]],
    ["a temperature below 2^-500", 2 ** -600, [2 ** -599, 2 ** -600, 0]],
  ];

  it.each(far)("merge at %s", (_, temperature, x) => {
    const options: PartialOptions = { labels: 1, temperature, entropy: true };
    const [whole, states] = [partial(x, options), mergeAll(piecesOf(x, [1, 2], options))];
    const backwards = piecesOf(x, [1, 2], options).reduceRight((a, b) => merge(a, b));
    for (const merged of [states, backwards]) {
      expect(within(logSumExpOf(merged)[0], logSumExp(x, { temperature }))).toBe(true);
      expect(within(crossEntropyOf(merged), crossEntropyOf(whole))).toBe(true);
      expect(within(entropyOf(merged)[0], entropyOf(whole)[0])).toBe(true);
    }
  });

  it("leave the larger one's results as they are where the smaller one vanishes", () => {
    const options = { entropy: true, smoothing: true };
    const large = partial([2000, 1999], { ...options, labels: 0 });
    const merged = merge(partial([1, 2], { ...options, offset: 2, labels: 0 }), large);
    expect(entropyOf(merged)).toEqual(entropyOf(large));
    expect(logSumExpOf(merged)).toEqual(logSumExpOf(large));
    expect(crossEntropyOf(merged)).toBe(crossEntropyOf(large));
    // Smoothing takes the distances of all, however far.
    expect(
      within(
        crossEntropyOf(merged, { labelSmoothing: 0.5 }),
        crossEntropy([2000, 1999, 1, 2], [0], { labelSmoothing: 0.5 }),
      ),
    ).toBe(true);
  });

  it("have an infinite loss with smoothing where a distance is beyond every double", () => {
    const x = [1.7e308, -1.7e308];
    const states = mergeAll(piecesOf(x, [1], { labels: 0, smoothing: true }));
    expect(JSON.parse(JSON.stringify([...states]))).toEqual([...states]);
    expect(crossEntropyOf(states, { labelSmoothing: 0.1 })).toBe(crossEntropy(x, [0], { labelSmoothing: 0.1 }));
    expect(crossEntropyOf(states, { labelSmoothing: 0.1 })).toBe(Infinity);
    expect(crossEntropyOf(states)).toBe(0);
  });

  it("have a smoothed loss of 0 where every weight is", () => {
    const options = { labels: 0, smoothing: true };
    const states = merge(
      partial([1], { ...options, weight: [0] }),
      partial([2], { ...options, weight: [0], offset: 1 }),
    );
    expect(crossEntropyOf(states, { labelSmoothing: 0.1, reduction: "sum" })).toBe(0);
  });
});

describe("gradients from states", () => {
  it("are the library's to the bit where a piece is the whole", () => {
    const numbers = [1, 2, -3];
    expect(crossEntropyGradFrom(numbers, partial(numbers, { labels: 1 }), { labels: 1 })).toEqual(
      crossEntropyGrad(numbers, [1]).grad,
    );
    const rows = [
      [1, 2, -3],
      [0.5, 7, 2],
    ];
    const labels = [1, 2];
    expect(crossEntropyGradFrom(rows, partial(rows, { labels }), { labels })).toEqual(
      crossEntropyGrad(rows, labels).grad,
    );
    const x = Float32Array.from(rows.flat());
    const mask = [1, 1, 0, 1, 0, 1];
    const own = { labels: [1, 2], mask, shape: [2, 3] };
    const grad = crossEntropyGradFrom(x, partial(x, own), own);
    expect(bitsOf(grad)).toBe(bitsOf(crossEntropyGrad(x, [1, 2], { mask, shape: [2, 3] }).grad));
  });

  it("take the whole of a label that is too far for its probability", () => {
    const states = mergeAll(piecesOf([2000, 0], [1], { labels: 1 }));
    expect(crossEntropyGradFrom([2000], states, { labels: 1 })).toEqual([1]);
    expect(crossEntropyGradFrom([0], states, { labels: 1, offset: 1 })).toEqual([-1]);
  });

  it("have the one NaN of the library where what is multiplied by is beyond the type", () => {
    const x = Float32Array.of(0, -200, -300);
    const rest = partial(Float32Array.of(0), { labels: 3, offset: 3 });
    const states = merge(partial(x, { labels: 3 }), rest);
    const grad = crossEntropyGradFrom(x, states, { labels: 3, upstream: 1e300 });
    expect([...grad]).toEqual([Infinity, NaN, NaN]);
    expect(bitsOf(grad.subarray(1))).toBe(bitsOf(Float32Array.of(NaN, NaN)));
  });
});

describe("states of chunks", () => {
  const rows = Float64Array.of(1, 2, 3, -1, 0, 4);

  const allOf = async (...args: Parameters<typeof partialOf>): Promise<number[]> => {
    const all: number[] = [];
    for await (const states of partialOf(...args)) all.push(...states);
    return all;
  };

  it("have rows without labels, and bytes of doubles", async () => {
    const expected = [...partial(rows, { shape: [2, 3] })];
    expect(await allOf([rows], { classes: 3 })).toEqual(expected);
    const bytes = new Uint8Array(rows.buffer);
    expect(await allOf([bytes.subarray(0, 13), bytes.subarray(13)], { classes: 3, type: "float64" })).toEqual(expected);
  });

  it("come out of a TransformStream before it ends", async () => {
    const many = Float32Array.from({ length: 140_000 }, (_, i) => i % 97);
    const stream = new TransformStream<Float32Array, Float32Array>();
    const writer = stream.writable.getWriter();
    const reader = stream.readable.pipeThrough(partialStream({ classes: 2 })).getReader();
    void writer.write(many);
    // The stream is still open.
    const { value } = await reader.read();
    const count = (value as Float64Array).length / STATE_LENGTH;
    expect(bitsOf(value as Float64Array)).toBe(bitsOf(partial(many.subarray(0, 2 * count), { shape: [count, 2] })));
    await reader.cancel();
  });

  it("ignore the label that is said to be", async () => {
    const labels = [255, 1];
    const states = Float64Array.from(await allOf([rows], { classes: 3, labels, ignoreIndex: 255 }));
    expect(crossEntropyOf(states)).toBe(crossEntropy(rows, labels, { ignoreIndex: 255 }));
  });
});
