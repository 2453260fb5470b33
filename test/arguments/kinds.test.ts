// The kind that comes in goes out: numbers, rows of numbers, typed arrays, a number where one value is all there is.

import { describe, expect, it } from "vitest";
import { binaryCrossEntropy, crossEntropy, softmax, softmaxJacobian } from "../../src/index.js";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const NAMES = ["softmax", "logSoftmax"] as const;

describe.each(BACKENDS)("%s", (_, instance) => {
  const { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad, crossEntropyHvp, softmaxBackward } = instance;
  const rows = (values: ArrayLike<number>, count: number): number[][] =>
    Array.from({ length: count }, (_, r) =>
      Array.from(values).slice((r * values.length) / count, ((r + 1) * values.length) / count),
    );

  it("numbers give numbers, with the bits of a Float64Array, whatever the length", () => {
    const random = mulberry32(1);
    for (const length of [0, 1, 2, 7, 24, 25, 300, 8192, 8193, 40_000]) {
      const x = Array.from({ length }, () => 40 * (random() - 0.5));
      const doubles = Float64Array.from(x);
      for (const name of NAMES) {
        const result = instance[name](x);
        expect(Array.isArray(result), name).toBe(true);
        expect(bitsOf(Float64Array.from(result)) === bitsOf(instance[name](doubles)), `${name} of ${length}`).toBe(
          true,
        );
        expect(instance[name](x, { temperature: 0.7 })).toEqual([...instance[name](doubles, { temperature: 0.7 })]);
      }
      expect(logSumExp(x)).toBe(logSumExp(doubles));
    }
  });

  it("rows give rows, along either axis, and one value of each gives numbers", () => {
    const x = [
      [1, 2, 3],
      [4, 0, -6],
    ];
    const flat = Float64Array.from(x.flat());
    for (const axis of [0, 1, -1, -2]) {
      const shape = [2, 3];
      for (const name of NAMES) {
        expect(instance[name](x, { axis })).toEqual(rows(instance[name](flat, { shape, axis }), 2));
      }
      expect(logSumExp(x, { axis })).toEqual([...logSumExp(flat, { shape, axis })]);
    }
    expect(softmax([[], []])).toEqual([[], []]);
    expect(softmax([[7]])).toEqual([[1]]);
    expect(logSumExp([[], []])).toEqual([-Infinity, -Infinity]);
    const many = Array.from({ length: 9000 }, (_, r) => [r, 1]);
    const results = softmax(many);
    expect(results.every((row) => Array.isArray(row) && row.length === 2)).toBe(true);
    // Not by toEqual, which takes ten seconds for so many arrays.
    const expected = softmax(Float64Array.from(many.flat()), { shape: [9000, 2] });
    expect(bitsOf(Float64Array.from(results.flat()))).toBe(bitsOf(expected));
  });

  it("elements without rows give what holds them", () => {
    const random = mulberry32(2);
    for (const length of [0, 1, 7, 25, 8192, 8193]) {
      const x = Array.from({ length }, () => 40 * (random() - 0.5));
      const expected = instance.sigmoid(Float64Array.from(x));
      expect(instance.sigmoid(x)).toEqual([...expected]);
      expect(instance.sigmoid([x, x])).toEqual([[...expected], [...expected]]);
      const out = new Float64Array(length);
      expect(instance.sigmoid(x, { out })).toBe(out);
      expect(bitsOf(out)).toBe(bitsOf(expected));
    }
  });

  it("entropy and tokens' log-probabilities are numbers of one row, and arrays of several", () => {
    const { entropy, tokenLogProbs } = instance;
    const x = [
      [2, 1, 0.1],
      [0, 3, 1],
    ];
    const flat = Float64Array.from(x.flat());
    const entropies = [...entropy(flat, { shape: [2, 3] })];
    expect(entropy(x)).toEqual(entropies);
    expect(x.map((row) => entropy(row))).toEqual(entropies);
    expect(entropy(Float64Array.from(x[0]))).toBe(entropies[0]);
    expect(entropy([1, 2, 3], { shape: [1, 3] })).toEqual([entropy([1, 2, 3])]);
    const logs = [...tokenLogProbs(flat, [0, 2])];
    expect(tokenLogProbs(x, [0, 2])).toEqual(logs);
    expect(tokenLogProbs(x.flat(), [0n, 2n])).toEqual(logs);
    expect(tokenLogProbs(x[1], 2)).toBe(logs[1]);
    expect(tokenLogProbs(Float32Array.from(x[1]), 2n)).toBeTypeOf("number");
    expect(tokenLogProbs(Float32Array.of(1, 2), 1, { shape: [1, 2] })).toBeInstanceOf(Float32Array);
  });

  it("lengths leave classes out of entropy and of tokens' log-probabilities", () => {
    const { entropy, tokenLogProbs } = instance;
    for (const cols of [4, 40]) {
      const random = mulberry32(cols);
      const x = Array.from({ length: 5 }, () => Array.from({ length: cols }, () => 8 * random()));
      const lengths = [cols, 3, 1, 2, 0];
      const cut = x.map((row, r) => row.slice(0, lengths[r]));
      expect(entropy(x, { lengths })).toEqual(cut.map((row) => entropy(row)));
      const logs = cut.slice(0, 4).map((row) => tokenLogProbs(row, 0));
      expect(tokenLogProbs(x, [0, 0, 0, 0, 0], { lengths })).toEqual([...logs, 0]);
    }
  });

  it("binary targets are numbers, booleans or integers, flat or in rows", () => {
    const { binaryCrossEntropy, binaryCrossEntropyGrad } = instance;
    const x = [
      [2, -1, 0.5],
      [1, 0, -3],
    ];
    const t = [
      [1, 0, 1],
      [0, 0, 1],
    ];
    const flat = Float64Array.from(x.flat());
    const options = { reduction: "none", posWeight: [1, 2, 3] } as const;
    const { loss, grad } = binaryCrossEntropyGrad(flat, Float64Array.from(t.flat()), { ...options, shape: [2, 3] });
    const expected = { loss: rows(loss, 2), grad: rows(grad, 2) };
    const booleans = t.map((row) => row.map((n) => n === 1));
    for (const targets of [t, t.flat(), booleans, booleans.flat(), Uint8Array.from(t.flat()), t.flat().map(BigInt)]) {
      expect(binaryCrossEntropyGrad(x, targets, options)).toEqual(expected);
      expect(binaryCrossEntropy(x, targets, options)).toEqual(expected.loss);
    }
    expect(binaryCrossEntropy(x.flat(), t, { ...options, shape: [2, 3] })).toEqual([...loss]);
    expect(binaryCrossEntropyGrad(x.flat(), t, { reduction: "none" }).grad).toBeInstanceOf(Array);
    expect(binaryCrossEntropy(x, t)).toBe(binaryCrossEntropy(flat, t.flat()));
  });

  it("one value is a number without a shape, and else an array like the logits", () => {
    const x = Float32Array.of(1, 2, 3);
    expect(logSumExp(x)).toBe(logSumExp(x, { shape: [3] })[0]);
    expect(logSumExp(x, { axis: 0, temperature: 2, mask: [1, 1, 0] })).toBeTypeOf("number");
    expect(logSumExp(x, { shape: [1, 3] })).toBeInstanceOf(Float32Array);
    expect(logSumExp([1, 2, 3], { shape: [1, 3] })).toEqual([logSumExp([1, 2, 3])]);
    const out = new Float32Array(1);
    expect(logSumExp(x, { out })).toBe(out);
  });

  it("out may be given with every kind, and is what comes back", () => {
    const out = new Float64Array(4);
    const expected = [...softmax(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] })];
    expect(softmax([1, 2, 3, 4], { shape: [2, 2], out })).toBe(out);
    expect([...out]).toEqual(expected);
    out.fill(0);
    expect(softmax([[1, 2], [3, 4]], { out })).toBe(out); // prettier-ignore
    expect([...out]).toEqual(expected);
    const resident = instance.alloc(Float64Array, 4);
    expect(softmax([1, 2, 3, 4], { shape: [2, 2], out: resident })).toBe(resident);
    expect([...resident.view]).toEqual(expected);
    resident.free();
  });

  it("losses and their derivatives follow the logits", () => {
    const x = [
      [2, 1, 0.1],
      [0, 3, 1],
    ];
    const flat = Float64Array.from(x.flat());
    const { loss, grad } = crossEntropyGrad(flat, [0, 1], { reduction: "none" });
    expect(crossEntropyGrad(x, [0, 1], { reduction: "none" })).toEqual({ loss: [...loss], grad: rows(grad, 2) });
    expect(crossEntropyGrad(x.flat(), [0, 1], { reduction: "none" })).toEqual({ loss: [...loss], grad: [...grad] });
    expect(crossEntropy(x, [0, 1], { reduction: "none" })).toEqual([...loss]);
    expect(crossEntropyHvp(x, [0, 1], x)).toEqual(rows(crossEntropyHvp(flat, [0, 1], flat), 2));
    const y = softmax(flat, { shape: [2, 3] });
    const backward = softmaxBackward(y, flat, { shape: [2, 3] });
    expect(softmaxBackward(rows(y, 2), x)).toEqual(rows(backward, 2));
    expect(softmaxBackward(rows(y, 2), [...flat])).toEqual(rows(backward, 2));
    expect(logSoftmax(x)[1]).toEqual(logSoftmax(x[1]));
  });

  it("a number is the label of one row, whose loss is a number", () => {
    for (const label of [1, 1n]) {
      expect(crossEntropy([2, 1, 0.1], label)).toBe(crossEntropy([2, 1, 0.1], [1]));
      expect(crossEntropy(Float32Array.of(2, 1, 0.1), label, { reduction: "none" })).toBeTypeOf("number");
      expect(crossEntropyGrad([2, 1, 0.1], label, { reduction: "none" })).toEqual(crossEntropyGrad([2, 1, 0.1], [1]));
    }
    expect(crossEntropy(Float32Array.of(1, 2), 1, { shape: [1, 2], reduction: "none" })).toBeInstanceOf(Float32Array);
    expect(crossEntropy([1, 2, 3], -100, { reduction: "sum" })).toBe(0);
  });

  it("probabilities come as rows, as numbers beside a shape, or as the logits do", () => {
    const x = [2, 1, 0.1, 0, 3, 1];
    const q = [1, 0, 0, 0, 1, 0];
    const qRows = rows(q, 2);
    const expected = crossEntropyGrad(Float64Array.from(x), Float64Array.from(q), { shape: [2, 3] }).loss;
    expect(expected).toBeCloseTo(0.29344, 5);
    expect(crossEntropy(x, q, { shape: [2, 3] })).toBe(expected);
    expect(crossEntropy(x, qRows)).toBe(expected);
    expect(crossEntropy(rows(x, 2), q)).toBe(expected);
    expect(crossEntropy(rows(x, 2), qRows)).toBe(expected);
    expect(crossEntropy(rows(x, 2), [0, 1])).toBe(expected);
    const single = Float32Array.from(x);
    expect(crossEntropy(single, q, { shape: [2, 3] })).toBe(
      crossEntropy(single, Float32Array.from(q), { shape: [2, 3] }),
    );
    expect(crossEntropy(single, qRows)).toBeCloseTo(expected, 6);
    // Of one class each, as many numbers as logits are labels.
    expect(crossEntropy([5, 7], [0, 0], { shape: [2, 1] })).toBe(0);
  });

  it("bigints are labels in a plain array, and may be ignored", () => {
    expect(crossEntropy([1, 2, 3, 4], [0n, 1n])).toBe(crossEntropy([1, 2, 3, 4], [0, 1]));
    const ignored = crossEntropy([1, 2, 3, 4], [0n, -100n], { ignoreIndex: -100n });
    expect(ignored).toBe(crossEntropy([1, 2], [0]));
  });

  it("an empty batch takes weights of any number, as nobody knows its classes", () => {
    const options = { weight: [1, 2, 3], reduction: "sum" } as const;
    expect(crossEntropy(new Float32Array(0), new Int32Array(0), options)).toBe(0);
    expect(() => crossEntropy(new Float32Array(0), new Int32Array(0), { ...options, shape: [0, 2] })).toThrow(
      expect.objectContaining({ code: "ERR_SHAPE" }) as Error,
    );
  });

  it("masks: for the classes of every position, of booleans, of integers of any width", () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    const shape = [2, 3];
    const expected = softmax(x, { shape, mask: Uint8Array.of(1, 0, 1, 1, 0, 1) });
    expect(expected[1]).toBe(0);
    for (const mask of [
      [1, 0, 1],
      [true, false, true],
      [true, false, true, true, false, true],
      Int32Array.of(-1, 0, 256),
      BigInt64Array.of(1n, 0n, 2n ** 40n),
    ]) {
      expect(softmax(x, { shape, mask })).toEqual(expected);
    }
    const along = softmax(x, { shape, axis: 0, mask: [1, 0] });
    expect(along).toEqual(Float32Array.of(1, 1, 1, 0, 0, 0));
    const cube = Float32Array.from({ length: 12 }, (_, i) => i % 5);
    const byClass = softmax(cube, { shape: [2, 3, 2], axis: 1, mask: [0, 1, 1] });
    const full = Uint8Array.from({ length: 12 }, (_, i) => (Math.floor(i / 2) % 3 === 0 ? 0 : 1));
    expect(byClass).toEqual(softmax(cube, { shape: [2, 3, 2], axis: 1, mask: full }));
  });

  it("masks: in rows, of logits whose two sizes the labels say", () => {
    const x = Float32Array.of(1, 2, 3, 4);
    const mask = [
      [true, true],
      [true, false],
    ];
    const rows = { axis: 0, mask, reduction: "none" } as const;
    expect(instance.crossEntropy(x, [1, 0], rows)).toEqual(
      instance.crossEntropy(x, [1, 0], { shape: [2, 2], axis: 0, mask: [1, 1, 1, 0], reduction: "none" }),
    );
    expect(() => instance.crossEntropy(x, [1, 0], { axis: 0, mask: [[true], [true]] })).toThrow(
      /^mask\[0\]: expected length 2/,
    );
  });

  it("what the backward functions are told is absent is not read", () => {
    expect(softmaxBackward([0.5, 0.5, 0], [1, 0, Infinity], { mask: [1, 1, 0] })).toEqual([0.25, -0.25, 0]);
    const y = [Math.log(0.5), Math.log(0.5), NaN];
    const backward = instance.logSoftmaxBackward(y, [1, 0, NaN], { mask: [1, 1, 0] });
    expect(backward).toEqual([...instance.logSoftmaxBackward(y.slice(0, 2), [1, 0]), 0]);
  });

  it("elements that are code of the caller and use the library meanwhile change nothing of the call", () => {
    const armed = (act: () => void) =>
      Object.defineProperty([1, 2, 3], 1, {
        get: () => {
          act();
          return 2;
        },
      });
    const expected = softmax([1, 2, 3]);
    expect(softmax(armed(() => softmax(Float64Array.of(9, 8, 7, 6))))).toEqual(expected);
    expect(softmax(armed(() => instance.alloc(Float64Array, 2 ** 20).free()))).toEqual(expected);
    // A proxy that says another length at every look has no memory but its own.
    let length = 2;
    const liar = new Proxy([1, 2], {
      get: (target, name) => (name === "length" ? (length *= 1000) : (Reflect.get(target, name) as unknown)),
    });
    expect(() => softmax(liar)).toThrow(expect.objectContaining({ code: "ERR_DTYPE" }) as Error);
    expect(softmax([1, 2, 3])).toEqual(expected);
  });
});

describe("rows and lengths that do not fit say why", () => {
  const refused: readonly (readonly [said: string, call: () => unknown])[] = [
    [
      "lengths: expected the classes along the last axis, got another",
      () => softmax(new Float32Array(8), { shape: [2, 2, 2], axis: 1, lengths: [1, 1, 1, 1] }),
    ],
    [
      'lengths: expected the last two sizes to be equal for "causal", got no shape',
      () => softmax(new Float32Array(4), { lengths: "causal" }),
    ],
    [
      'lengths: expected the last two sizes to be equal for "causal", got 2 × 3',
      () => softmax(new Float32Array(6), { shape: [2, 3], lengths: "causal" }),
    ],
    ["shape: expected none for x, an array of rows, got an array of 2", () => softmax([[1, 2]], { shape: [1, 2] })],
    [
      "targets: expected rows of 3, as the logits have, got rows of 2",
      () => crossEntropy([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1], [1, 0]]), // prettier-ignore
    ],
    [
      "targets[1]: expected a row of numbers, like targets[0], got 5",
      () => crossEntropy([[1, 2], [3, 4]], [[1, 0], 5] as unknown as number[][]), // prettier-ignore
    ],
    [
      "targets[1]: expected length 2, one per class, got 1",
      () => binaryCrossEntropy([[1, 2], [3, 4]], [[1, 0], [1]]), // prettier-ignore
    ],
    [
      "targets[1]: expected a row, like targets[0], got 5",
      () => binaryCrossEntropy([[1, 2], [3, 4]], [[1, 0], 5] as unknown as number[][]), // prettier-ignore
    ],
    ["x: expected logits of one row, got 2 rows", () => softmaxJacobian([[1, 2], [3, 4]] as unknown as number[])], // prettier-ignore
  ];

  it.each(refused)("%s", (said, call) => {
    expect(call).toThrow(said);
  });
});
